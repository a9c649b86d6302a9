# shellcheck shell=bash
# The app: one host of this invocation, run from a copy, so that a build never rewrites files it has open.

app=          # name of this invocation's app process, once started
app_url=      # where it listens
app_host=thin # the repository's own Functions host, or core-tools

runner() { dotnet "$root/infra/postgres/$output/Assay.Postgres.dll" "$@"; }

# Applies migrations and seed, and takes over the settings they lead to (roles, passwords).
need_schema() {
    step "migrate and seed" migrate_and_seed
    need_key
}

# The key that secrets are encrypted under: this clone's own, and made once, since without it they are lost.
need_key() {
    [ -z "${Assay__Secrets__CurrentKey-}" ] || return 0
    make_key local
}

# Keys made before stay: what they encrypted is read with them until it is rotated.
make_key() { # ID
    remember "Assay__Secrets__Keys__$1" "$(head -c 32 /dev/urandom | base64)"
    remember Assay__Secrets__CurrentKey "$1"
}

migrate_and_seed() {
    runner migrate
    runner seed
    local line
    runner settings >"$state/run/settings.$$"
    while IFS= read -r line; do
        case $line in [A-Z]*=*) remember "${line%%=*}" "${line#*=}" ;; esac
    done <"$state/run/settings.$$"
    rm -f "$state/run/settings.$$"
}

start_app() {
    local port
    port=$(free_port "${ASSAY_PORT:-7071}")
    app=app-$port
    app_url=http://127.0.0.1:$port
    step "start Assay on $app_url" launch_app "$app" "$port"
}

launch_app() { # NAME PORT
    local folder=$state/run/$1
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -R "$root/functions/$output" "$folder/app"
    export InboxContainer=${InboxContainer:-inbox} RollupSchedule=${RollupSchedule:-0 10 2 * * *}
    # Apps of one clone share the locks of timers and blobs, wherever they run from.
    [ -n "${ASSAY_HOST_ID-}" ] || remember ASSAY_HOST_ID "assay-$(head -c 6 /dev/urandom | od -An -tx1 | tr -d ' \n')"
    export AzureFunctionsWebHost__hostid=${AzureFunctionsWebHost__hostid:-$ASSAY_HOST_ID}
    set -m
    "run_under_${app_host//-/_}" "$folder" "$2" >"$state/log/$1.log" 2>&1 </dev/null 7>&- 8>&- &
    set +m
    record_process "$1" $!
    eventually 60 app_ready_or_ended "$1" "$2" && live_process "$1" >/dev/null && return
    tail -n 15 "$state/log/$1.log"
    curl --noproxy '*' --silent --max-time 5 "http://127.0.0.1:$2/api/health/ready" && echo
    fail "Assay did not become ready." "Its log is $state/log/$1.log"
}

run_under_thin() { # FOLDER PORT
    cp -R "$root/infra/host/$output" "$1/host"
    exec dotnet "$1/host/Assay.FunctionsHost.dll" --app "$1/app" --urls "http://127.0.0.1:$2"
}

app_ready_or_ended() { process_gone "$1" || answers "http://127.0.0.1:$2/api/health/ready"; }

answers() { curl --noproxy '*' --silent --fail --max-time 2 --output /dev/null "$1"; }

# SIGTERM drains; what does not end in time is recovered by the next start.
stop_app() {
    local folder=$state/run/$app pid
    pid=$(live_process "$app") || pid=
    end_process "$app" 30
    # Where it had to be killed, what it had started may be left.
    [ -z "$pid" ] || kill -KILL -- "-$pid" 2>/dev/null || true
    rm -rf "$folder"
    app=
}

# Prints the URLs of the app processes that ./dev serves from this clone, oldest first.
running_apps() {
    local file
    # shellcheck disable=SC2045 # our own names, which hold no spaces; a glob would not sort by time
    for file in $(cd "$state/run" && ls -tr app-*.pid 2>/dev/null); do
        file=${file%.pid}
        if live_process "$file" >/dev/null; then printf 'http://127.0.0.1:%s\n' "${file#app-}"; fi
    done
}
