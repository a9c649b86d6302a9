# shellcheck shell=bash
# ./dev test: everything, or the tests whose full name contains FILTER, with one summary at the end.

verb_test() { # [FILTER]
    local results=$state/run/test-$$ status=0
    exclusively prepare_tests
    local -a filter=()
    [ $# -eq 0 ] || filter=(--filter "FullyQualifiedName~$1")
    mkdir -p "$results"
    run_tests "$results" ${filter[@]+"${filter[@]}"} || status=$?
    summarize_tests "$results" "$status"
}

prepare_tests() {
    need_services
    need_build all
    find_pgbouncer
    find_npm_program openapi node_modules/@redocly/cli/bin/cli.js
    export ASSAY_OPENAPI_LINTER=$npm_program
    find_npm_program openid issuer.mjs
    export ASSAY_OPENID_ISSUER=$npm_program
    find_npm_program mcp client.mjs
    export ASSAY_MCP_CLIENT=$npm_program
    find_chromium
    # Tests give their apps all settings; what this clone's own app has is none of theirs.
    # shellcheck disable=SC2046
    unset $(compgen -v | grep -E '^(Assay__|DurableDatabase$|InboxContainer$|RollupSchedule$)')
}

# What tests run that npm has: what the API's description is held against, and an OpenID provider and a client
# of the Model Context Protocol of somebody else's.
# Without them those tests are skipped.
find_npm_program() { # FOLDER PATH
    local folder=$state/tools/$1
    npm_program=$folder/$2
    mkdir -p "$folder"
    cp "$root/infra/dev/$1"/* "$folder/"
    if cmp -s "$folder/package-lock.json" "$folder/installed"; then return; fi
    npm_program=
    have npm || return 0
    (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && cp package-lock.json installed) \
        >"$state/log/fetch-$1.log" 2>&1 </dev/null || return 0
    npm_program=$folder/$2
}

# The page that shows the description is opened in it. Without it that test is skipped.
find_chromium() {
    if have chromium || have chromium-browser || ! is_root || ! have apt-get; then return; fi
    "$root/infra/dev/install.sh" chromium >"$state/log/install-chromium.log" 2>&1 </dev/null || true
}

# Writes infra/openapi.json anew.
verb_openapi() {
    export ASSAY_OPENAPI=write
    verb_test The_description_in_the_repository
}

# A pooler for the tests that go through one: the distribution's package, unpacked and not installed, which would start a
# service. Without it those tests are skipped.
find_pgbouncer() {
    local folder=$state/tools/pgbouncer
    export ASSAY_PGBOUNCER=$folder/usr/sbin/pgbouncer
    if have pgbouncer || [ -x /usr/sbin/pgbouncer ] || [ -e "$folder" ] || ! have apt-get || ! have dpkg; then return; fi
    mkdir -p "$folder"
    (
        cd "$folder"
        apt-get -o Acquire::http::Timeout=10 -o Acquire::Retries=0 download pgbouncer && dpkg -x pgbouncer_*.deb .
    ) >"$state/log/fetch-pgbouncer.log" 2>&1 </dev/null || true
}

# Says now and then how far it is.
run_tests() { # RESULTS_FOLDER FILTER...
    local results=$1
    shift
    echo "… test"
    set -m
    # Apps start over and over: recompiling what ran often costs more than it gains.
    DOTNET_TieredPGO=0 TERM=dumb dotnet test "$root/Functions.sln" --no-build --nologo -maxCpuCount:1 \
        --results-directory "$results" --logger "trx;LogFilePrefix=results" --logger "console;verbosity=normal" "$@" \
        >"$results/test.log" 2>&1 </dev/null 7>&- 8>&- &
    step_pid=$!
    set +m
    local began=$SECONDS ticked=$SECONDS
    while kill -0 "$step_pid" 2>/dev/null; do
        sleep 0.2
        [ $((SECONDS - ticked)) -ge 15 ] || continue
        ticked=$SECONDS
        printf '… test %ss: %s passed, %s failed so far\n' $((SECONDS - began)) \
            "$(grep -c '^ *Passed ' "$results/test.log")" "$(grep -c '^ *Failed ' "$results/test.log")"
    done
    local status=0
    wait "$step_pid" || status=$?
    step_pid=
    test_seconds=$((SECONDS - began))
    mv "$results/test.log" "$state/log/test.log"
    return $status
}

# The counts come from the results files, one a project, which are complete or absent; the last line is for people and
# machines alike.
summarize_tests() { # RESULTS_FOLDER STATUS
    local counters passed failed
    if ! counters=$(grep -oh '<Counters [^>]*' "$1"/results*.trx 2>/dev/null) ||
        grep -qE 'Test Run Aborted|host process crashed' "$state/log/test.log"; then
        tail -n 40 "$state/log/test.log" >&2
        fail "The tests did not run to the end." "Their output is in $state/log/test.log"
    fi
    passed=$(counter passed "$counters")
    failed=$(($(counter total "$counters") - passed - $(counter notExecuted "$counters")))
    rm -rf "$1"
    find_secrets_in "$state/log/test.log" || failed=$((failed + 1))
    if [ "$failed" -gt 0 ]; then
        # From the first "Failed name [time]" to the end of each report: message and stack.
        awk '/^ *(Passed|Skipped) |^Test Run /{ on = 0 } /^ *Failed .*\[/{ on = 1 } on' "$state/log/test.log"
        printf '✗ failed:\n'
        grep -o '^ *Failed .*\[' "$state/log/test.log" | sed 's/^ *Failed /    /; s/ *\[$//' | sort -u
    elif [ "$passed" -eq 0 ]; then
        fail "No test matches." "The filter is part of a test's full name, such as Chunker or Assay.DatabaseTests."
    fi
    printf '%s test %ss; all output is in %s\n' \
        "$([ "$failed" -eq 0 ] && echo ✓ || echo ✗)" "$test_seconds" "$state/log/test.log"
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$2" -eq 0 ]
}

# tests/Support/Secrecy.cs looks for the same in what is stored and answered. Names of tests are no logs.
find_secrets_in() { # LOG
    local secret='ask_[A-Za-z0-9]{24,}|whsec_[A-Za-z0-9+/]{24,}|eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}'
    secret+='|sk-[A-Za-z0-9_-]{16,}|asl_[A-Za-z0-9_-]{40,}|purple anchor 88 lantern'
    if grep -vE '^ *(Passed|Failed|Skipped) ' "$1" | grep -nE "$secret" >"$1.secrets"; then
        printf '✗ the log holds secrets: %s\n' "$1.secrets"
        return 1
    fi
    rm "$1.secrets"
}

counter() { # NAME COUNTERS
    printf '%s\n' "$2" | sed "s/.* $1=\"\([0-9]*\)\".*/\1/" | awk '{ sum += $1 } END { print sum }'
}
