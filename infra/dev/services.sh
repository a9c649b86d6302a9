# shellcheck shell=bash
# Postgres and blob storage: found or started, shared by all ./dev invocations in this clone, and stopped at the end by
# the one that started them (or, if others still use them then, by the last of those).

started=() # what this invocation started, newest last

# Sets ASSAY_DATABASE and AzureWebJobsStorage.
need_services() {
    trap_and_share
    need_database
    need_storage
}

# From here on, however this invocation ends, `finish` runs; and others see that the services are in use.
trap_and_share() {
    if have flock; then
        exec 8>>"$state/run/using"
        flock -s 8
    fi
    trap 'finish' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

need_database() {
    if [ -n "$given_database" ]; then
        export ASSAY_ROLE_PASSWORD=${ASSAY_ROLE_PASSWORD:-$(role_password)}
    elif [ "${ASSAY_POSTGRES-}" != local ] && docker_answers && docker_has_images; then
        need_docker_services
    else
        need_local_postgres
    fi
}

# Roles belong to the server: every clone that uses it must come to the same password for them, and nobody else. So it
# is derived from what only its administrators know.
role_password() {
    printf 'assay %s' "$given_database" |
        sed -E 's/;? *[Dd]atabase *=[^;]*//; s#(postgres(ql)?://[^/]*)/.*#\1#' |
        if have sha256sum; then sha256sum; else shasum -a 256; fi | cut -c1-40
}

need_storage() {
    if [ -z "$given_storage" ] && [ "${docker_services-}" != up ]; then need_azurite; fi
}

finish() {
    local status=$? index
    trap - EXIT
    trap '' INT TERM HUP
    [ -z "${step_pid-}" ] || kill -TERM -- "-$step_pid" 2>/dev/null || true
    if [ -n "${app-}" ]; then
        printf '\n… stop Assay\n'
        stop_app
    fi
    rm -rf "$state/run/test-$$"
    if have flock && ! flock -n -x 8; then
        # Someone else still uses them: the last one out stops them.
        for index in ${started[@]+"${!started[@]}"}; do printf '%s\n' "${started[index]}" >>"$state/run/left"; done
        exit $status
    fi
    stop_services ${started[@]+"${started[@]}"} $(cat "$state/run/left" 2>/dev/null)
    rm -f "$state/run/left"
    exit $status
}

stop_services() { # NAME...
    local name
    for name in "$@"; do
        case $name in
            azurite) stop_azurite ;;
            postgres) stop_local_postgres ;;
            docker) stop_docker_services ;;
        esac
    done
}
