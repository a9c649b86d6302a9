# shellcheck shell=bash
# The same build output under Azure Functions Core Tools, with the same PostgreSQL and storage.

verb_func() { verb_up --host core-tools "$@"; }

need_core_tools() {
    have func || fail "Azure Functions Core Tools (the command 'func', version 4) are not here." \
        "npm install --global azure-functions-core-tools@4" \
        "or see https://learn.microsoft.com/azure/azure-functions/functions-run-local"
}

# What ./dev found is in the environment, which wins over local.settings.json.
run_under_core_tools() { # FOLDER PORT
    cd "$1/app"
    [ -e local.settings.json ] || cp "$root/local.settings.sample.json" local.settings.json
    exec func start --no-build --port "$2"
}
