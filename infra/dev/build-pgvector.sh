#!/usr/bin/env bash
# Builds pgvector from the source package of a newer Debian suite, for suites that do not package it (Debian 12).
#   build-pgvector.sh /usr/lib/postgresql/15/bin/pg_config
set -euo pipefail
pg_config=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir -p lists/partial parts

# apt's own configured mirror, whichever it is.
site=$(apt-get indextargets --format '$(SITE)' | grep -v -i security | head -1)

download_from() { # SUITE: its newest pgvector, if it has one that can be had
    echo "deb-src $site $1 main" >sources.list
    local -a apt=(apt-get -o "Dir::Etc::sourcelist=$scratch/sources.list" -o "Dir::Etc::sourceparts=$scratch/parts"
        -o "Dir::State::lists=$scratch/lists" -o APT::Sandbox::User=root)
    "${apt[@]}" update -qq && "${apt[@]}" source --download-only pgvector
}

# Newer is better: 0.8.0 (trixie) has a parallel index build overflow, so the app builds its indexes serially there.
download_from forky || download_from trixie || {
    echo "No Debian suite at apt's mirror offers the source package of pgvector."
    echo "  → Install pgvector for this server as its README says, or set ASSAY_DATABASE to a server that has it."
    exit 1
} >&2

tar xf pgvector_*.orig.tar.*
cd pgvector-*/
# OPTFLAGS is -march=native by default, which would tie the build to this very processor.
make -s OPTFLAGS="" with_llvm=no PG_CONFIG="$pg_config"
make -s install with_llvm=no PG_CONFIG="$pg_config" ${DESTDIR:+DESTDIR="$DESTDIR"}
