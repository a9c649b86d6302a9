# shellcheck shell=bash
# What each remaining verb does.

verb_help() {
    cat <<'TEXT'
./dev up [--once] [--host core-tools]
                       set up what is missing, start, demonstrate, and keep serving (--once: exit instead);
                       under Azure Functions Core Tools instead of the host in infra/host
./dev test [FILTER]    run the tests, or those whose full name contains FILTER
./dev openapi          write infra/openapi.json, the API's description, anew
./dev down             stop everything this clone runs
./dev status           what runs, and where

With ./dev up running in another terminal:
./dev drop FILE…       drop files into the sample organization's inbox and wait until they are searchable
./dev search TEXT      search the sample organization's documents
./dev analyze FILE     analyze a prompt
./dev runs [ID]        orchestrations, newest first, and how they stand, or one step by step; --follow goes on until it
                       ends; --status S,…, --name PART, --prefix ID and --all choose

./dev db migrate | rollback [N] | to VERSION | status | new NAME | seed [--clean]
./dev db new-key | rotate-keys | new-scope-key | retire-scope-keys
./dev db settings      print a local.settings.json for this database and storage
./dev db backup [FILE] copy the database into FILE, and what to check it by into FILE.json
./dev db restore FILE [DATABASE]
                       make a new database from a backup and compare the two; ./dev db check compares again
./dev db import-legacy DATABASE ORGANIZATION EMAIL
                       bring prompts from tables of before, of another database or of this one
./dev psql [ARGUMENT…] a psql session as administrator
./dev logs             follow the app's log
./dev bench [SECTION]  measure, and write tests/bench/results.md
./dev func [--once]    the same as ./dev up --host core-tools
./dev clean            remove .local/ and everything built

Environment: ASSAY_DATABASE (administrator's connection string of an existing server), AzureWebJobsStorage,
ASSAY_POSTGRES=local|docker, ASSAY_PORT.
TEXT
}

verb_up() { # [--once] [--host core-tools]
    local once=no status=0
    while [ $# -gt 0 ]; do
        case "$1 ${2-}" in
            --once*) once=yes ;;
            "--host core-tools") app_host=core-tools && shift ;;
            *) fail "./dev up does not know '$*'." "It takes --once and --host core-tools." ;;
        esac
        shift
    done
    [ "$app_host" = thin ] || need_core_tools
    exclusively prepare_app
    start_app
    demo demo "$root/infra/samples" || status=$?
    [ "$once" = no ] || exit $status
    printf '\nServing at %s. Its log: ./dev logs. Ctrl-C stops it.\n' "$app_url"
    while live_process "$app" >/dev/null; do sleep 1; done
    if [ ! -e "$state/run/$app.pid" ]; then
        echo "Stopped by ./dev down."
        exit 0
    fi
    tail -n 25 "$state/log/$app.log" >&2
    fail "Assay has ended by itself." "Its log is $state/log/$app.log"
}

prepare_app() {
    need_services
    need_build app
    need_schema
}

# The small console client in infra/dev/Demo, against this invocation's app or the one already serving.
demo() {
    set -m
    TERM=dumb ASSAY_URL=$app_url dotnet "$root/infra/dev/Demo/$output/Assay.Demo.dll" "$@" </dev/null 8>&- &
    step_pid=$!
    set +m
    local status=0
    wait "$step_pid" || status=$?
    step_pid=
    return $status
}

with_running_app() { # DEMO_ARGUMENTS...
    app_url=$(running_apps | head -1)
    [ -n "$app_url" ] || fail "Assay is not running here." "Start it in another terminal: ./dev up"
    demo "$@"
}

verb_drop() {
    [ $# -gt 0 ] || fail "Which files?" "./dev drop FILE…"
    with_running_app drop "$@"
}

verb_search() {
    [ $# -gt 0 ] || fail "Search for what?" "./dev search TEXT"
    with_running_app search "$*"
}

verb_analyze() {
    [ $# -eq 1 ] || fail "Which prompt?" "./dev analyze FILE"
    with_running_app analyze "$1"
}

verb_runs() { with_running_app runs "$@"; }

verb_db() {
    case ${1-} in
        migrate | rollback | to | status | new | seed | backup | restore | check | rotate-keys | \
            new-scope-key | retire-scope-keys | import-legacy) ;;
        settings)
            exclusively prepare_database >&2
            local_settings
            return
            ;;
        new-key)
            make_key "local_$(date -u +%Y%m%d%H%M%S)"
            echo "New secrets are under $Assay__Secrets__CurrentKey from the next ./dev up on."
            echo "Then move the old ones: ./dev db rotate-keys"
            return
            ;;
        *)
            fail "./dev db needs one of: migrate, rollback [N], to VERSION, status, new NAME, seed," \
                "settings, backup [FILE], restore FILE [DATABASE], check FILE [DATABASE]," \
                "new-key, rotate-keys, new-scope-key, retire-scope-keys," \
                "import-legacy DATABASE ORGANIZATION EMAIL."
            ;;
    esac
    exclusively prepare_database
    runner "$@"
}

# The sample, with what is known here in it.
local_settings() {
    { runner settings && printf 'AzureWebJobsStorage=%s\n' "${AzureWebJobsStorage:-UseDevelopmentStorage=true}"; } |
        awk '
            NR == FNR {
                gsub(/[\\"]/, "\\\\&")
                at = index($0, "=")
                value[substr($0, 1, at - 1)] = substr($0, at + 1)
                next
            }
            { split($0, part, "\"") }
            part[2] in value { $0 = "    \"" part[2] "\": \"" value[part[2]] "\"" (/,$/ ? "," : "") }
            { print }
        ' - "$root/local.settings.sample.json"
}

prepare_database() {
    trap_and_share
    need_database
    need_build app
}

verb_psql() {
    have psql || fail "psql is not installed." "apt install postgresql-client"
    exclusively prepare_database
    trap : INT # psql's own: it cancels a statement
    "$root/infra/dev/psql.sh" "$@"
}

verb_logs() {
    local log
    log=$(ls -t "$state"/log/app-*.log 2>/dev/null | head -1)
    [ -n "$log" ] || fail "There is no log yet." "./dev up writes one."
    exec tail -n 100 -f "$log"
}

verb_status() {
    local name found=no
    for name in "$state"/run/*.pid; do
        name=$(basename "$name" .pid)
        live_process "$name" >/dev/null || continue
        found=yes
        case $name in
            postgres) show_process PostgreSQL "$name" "127.0.0.1:$POSTGRES_PORT" ;;
            azurite) show_process Azurite "$name" "http://127.0.0.1:$AZURITE_BLOB_PORT" ;;
            app-*) show_process Assay "$name" "http://127.0.0.1:${name#app-}" ;;
        esac
    done
    if [ "${ASSAY_POSTGRES-}" = docker ]; then compose ps && found=yes; fi
    [ "$found" = yes ] || echo "Nothing of this clone runs."
}

show_process() { printf '%-11s %s  pid %s\n' "$1" "$3" "$(live_process "$2")"; }

verb_down() {
    local name
    for name in "$state"/run/app-*.pid; do
        app=$(basename "$name" .pid)
        if live_process "$app" >/dev/null; then step "stop Assay" stop_app; fi
    done
    app=
    if live_process azurite >/dev/null; then step "stop Azurite" stop_azurite; fi
    if live_process postgres >/dev/null; then step "stop PostgreSQL" stop_local_postgres; fi
    if [ "${ASSAY_POSTGRES-}" = docker ]; then step "stop the containers" stop_docker_services; fi
    rm -rf "$state"/run/app-* "$state/run/left"
}

verb_clean() {
    verb_down
    if [ "${ASSAY_POSTGRES-}" = docker ]; then compose down --volumes; fi
    find "$root" \( -name .git -o -name .local -o -name node_modules \) -prune \
        -o -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
    rm -rf "$state"
    echo "✓ .local/ and everything built is gone"
}

verb_bench() {
    exclusively prepare_tests
    step "build the benchmarks" dotnet build "$root/tests/bench" -c Release -v quiet -clp:NoSummary \
        -nodeReuse:false -p:UseSharedCompilation=false
    dotnet run --project "$root/tests/bench" -c Release --no-build -- "$@"
}
