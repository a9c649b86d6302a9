# shellcheck shell=bash
# A private PostgreSQL cluster in .local/postgres, from the server binaries of this machine.

cluster=$state/postgres

need_local_postgres() {
    find_postgres_binaries
    if [ -z "$postgres_bin" ] || ! has_pgvector; then
        need_root_to_install
        step "install PostgreSQL with pgvector" "$root/infra/dev/install.sh" postgresql pgvector
        find_postgres_binaries
    fi
    [ -s "$cluster/PG_VERSION" ] || step "create a PostgreSQL cluster in .local" create_cluster
    if ! cluster_answers; then
        started+=(postgres)
        step "start PostgreSQL $(cat_version)" start_cluster
    fi
    remember ASSAY_POSTGRES local
    remember ASSAY_DATABASE "Host=127.0.0.1;Port=$POSTGRES_PORT;Username=postgres;Database=assay"
}

# The newest server here; once a cluster exists, the version that made it.
find_postgres_binaries() {
    local version bin
    version=$(cat_version)
    postgres_bin=$(ls -d /usr/lib/postgresql/${version:-*}/bin /usr/pgsql-${version:-*}/bin 2>/dev/null |
        sort -V | tail -1 || true)
    if [ ! -x "$postgres_bin/initdb" ] && bin=$(command -v postgres); then
        postgres_bin=$(dirname "$(readlink -f "$bin")")
    fi
    [ -x "$postgres_bin/initdb" ] || postgres_bin=
    [ -n "$postgres_bin" ] || [ -z "$version" ] ||
        fail "The cluster in .local/postgres needs PostgreSQL $version, whose server binaries are gone." \
            "Install them again, or run ./dev clean to start from nothing."
}

cat_version() { cat "$cluster/PG_VERSION" 2>/dev/null || true; }

has_pgvector() {
    local version
    version=$("$postgres_bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ -e "/usr/share/postgresql/$version/extension/vector.control" ] ||
        [ -e "$("$postgres_bin/pg_config" --sharedir 2>/dev/null)/extension/vector.control" ]
}

need_root_to_install() {
    if is_root && have apt-get; then return; fi
    fail "PostgreSQL with pgvector is not installed here." \
        "Once, as root:  sudo \"$root/infra/dev/install.sh\" postgresql pgvector" \
        "or start a Docker engine," \
        "or set ASSAY_DATABASE to an administrator's connection string of a server that has pgvector."
}

# PostgreSQL refuses to run as root: there it runs as postgres or nobody.
cluster_user() {
    if ! is_root; then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_cluster_user() { # COMMAND...
    local user
    user=$(cluster_user)
    (
        cd /
        exec 7>&- 8>&-
        if ! is_root; then
            exec "$@"
        elif have setpriv; then
            exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
        elif have runuser; then
            exec runuser -u "$user" -- "$@"
        else
            exec su -s /bin/sh "$user" -c 'exec "$0" "$@"' -- "$@"
        fi
    )
}

# Runs a server binary as the cluster's user; {} stands for the data folder. As root, the clone may lie where that user
# may not go (/root): descriptor 9 then leads past the closed folders, straight to the cluster's own.
with_cluster() { # COMMAND...
    local path=$cluster argument
    local -a command=()
    as_cluster_user test -w "$cluster" || path=/proc/self/fd/9
    for argument in "$@"; do command+=("${argument//\{\}/$path}"); done
    as_cluster_user "${command[@]}" 9<"$cluster"
}

create_cluster() {
    rm -rf "$cluster"
    mkdir -m 700 "$cluster"
    ! is_root || chown "$(cluster_user)" "$cluster"
    with_cluster "$postgres_bin/initdb" -D '{}' --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    cat "$root/infra/dev/postgresql.conf" >>"$cluster/postgresql.conf"
}

start_cluster() {
    local tries
    forget_stale_lock
    for tries in 1 2 3; do
        remember POSTGRES_PORT "$(free_port "${POSTGRES_PORT:-15432}")"
        if with_cluster "$postgres_bin/pg_ctl" -D '{}' -l '{}/server.log' -o "-p $POSTGRES_PORT" -w -t 60 start; then
            record_process postgres "$(head -1 "$cluster/postmaster.pid")"
            return
        fi
        tail -n 5 "$cluster/server.log"
        # Somebody was quicker, or the port is one end of a connection, which nothing that asks it can tell.
        case $(tail -n 8 "$cluster/server.log") in
            *"could not bind"*) POSTGRES_PORT=$((POSTGRES_PORT + 1)) ;;
            *) break ;;
        esac
    done
    fail "PostgreSQL did not start." "Its log is $cluster/server.log" "./dev clean starts from nothing."
}

# After a crash or in a new container the pid in postmaster.pid may now be some other process of ours.
forget_stale_lock() {
    if [ -e "$cluster/postmaster.pid" ] && process_gone postgres; then rm -f "$cluster/postmaster.pid"; fi
}

cluster_answers() {
    [ -n "${POSTGRES_PORT-}" ] && live_process postgres >/dev/null && port_taken "$POSTGRES_PORT"
}

stop_local_postgres() {
    local pid
    pid=$(live_process postgres) || return 0
    kill -INT "$pid" 2>/dev/null || true # fast shutdown: sessions are ended, data is flushed
    eventually 60 process_gone postgres || kill -QUIT "$pid" 2>/dev/null || true
    rm -f "$state/run/postgres.pid"
}
