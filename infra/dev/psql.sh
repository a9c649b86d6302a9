#!/usr/bin/env bash
# psql on ASSAY_DATABASE, which may be a postgres:// URL or an Npgsql "Key=value;…" string.
set -euo pipefail

case $ASSAY_DATABASE in
    postgres://* | postgresql://*) exec psql "$ASSAY_DATABASE" "$@" ;;
esac

IFS=';' read -ra pairs <<<"$ASSAY_DATABASE"
for pair in "${pairs[@]}"; do
    value=${pair#*=}
    case $(printf '%s' "${pair%%=*}" | tr 'A-Z' 'a-z' | tr -d ' ') in
        host | server) export PGHOST=$value ;;
        port) export PGPORT=$value ;;
        username | userid | user) export PGUSER=$value ;;
        password) export PGPASSWORD=$value ;;
        database | db) export PGDATABASE=$value ;;
        sslmode) PGSSLMODE=$(printf '%s' "$value" | tr 'A-Z' 'a-z') && export PGSSLMODE ;;
    esac
done
exec psql "$@"
