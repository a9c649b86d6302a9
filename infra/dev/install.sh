#!/usr/bin/env bash
# Installs what Assay needs from Debian's or Ubuntu's own packages. As root:
#   infra/dev/install.sh postgresql pgvector nodejs npm
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
export DEBIAN_FRONTEND=noninteractive

[ "$(id -u)" -eq 0 ] || { echo "This needs root: sudo $0 $*" >&2; exit 1; }

# Package lists may be missing (containers) or old.
updated=no
install_packages() {
    [ "$updated" = yes ] || { apt-get update -qq && updated=yes; }
    apt-get install -y -qq --no-install-recommends "$@"
}

packaged() { [ -n "$(apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ && $2 != "(none)" { print $2 }')" ]; }

newest_server() { ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | cut -d/ -f5 | sort -V | tail -1; }

install_postgresql() {
    [ -z "$(newest_server)" ] || return 0
    # The package would create and start a system-wide cluster; ./dev has its own.
    install_packages postgresql-common
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    install_packages postgresql
}

install_pgvector() {
    local version
    version=$(newest_server)
    [ ! -e "/usr/share/postgresql/$version/extension/vector.control" ] || return 0
    if packaged "postgresql-$version-pgvector"; then
        install_packages "postgresql-$version-pgvector"
    else
        install_packages "postgresql-server-dev-$version" make gcc libc6-dev dpkg-dev
        "$here/build-pgvector.sh" "/usr/lib/postgresql/$version/bin/pg_config"
    fi
}

for wanted in "$@"; do
    case $wanted in
        postgresql) install_postgresql ;;
        pgvector) install_pgvector ;;
        *) install_packages "$wanted" ;;
    esac
done
