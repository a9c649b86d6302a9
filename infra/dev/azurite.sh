# shellcheck shell=bash
# Azurite, the blob storage emulator: its pinned version from npm, on free ports, with its data in .local/azurite.

azurite_code=$state/tools/azurite
# The emulator's account and key are public constants; they open nothing else.
azurite_account=devstoreaccount1
azurite_key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==

need_azurite() {
    if ! cmp -s "$root/infra/dev/azurite/package-lock.json" "$azurite_code/installed"; then
        need_node
        step "install Azurite" install_azurite
    fi
    if [ -n "${AZURITE_BLOB_PORT-}" ] && live_process azurite >/dev/null; then
        export_storage
        return
    fi
    need_node
    started+=(azurite)
    step "start Azurite" start_azurite
    export_storage
}

need_node() {
    have node && have npm && return
    is_root && have apt-get ||
        fail "Azurite needs Node.js with npm, which is not here." \
            "Install Node.js 20 or newer, or set AzureWebJobsStorage to a storage connection string."
    step "install Node.js" "$root/infra/dev/install.sh" nodejs npm
}

install_azurite() {
    mkdir -p "$azurite_code"
    cp "$root"/infra/dev/azurite/package*.json "$azurite_code/"
    (cd "$azurite_code" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) ||
        fail "npm could not install Azurite." "Check that npm reaches its registry, then run this again."
    cp "$azurite_code/package-lock.json" "$azurite_code/installed"
}

start_azurite() {
    local tries
    for tries in 1 2 3; do # another process may take a port first
        launch_azurite
        if eventually 60 azurite_answers_or_ended && live_process azurite >/dev/null; then return; fi
        cat "$state/log/azurite.log"
    done
    stop_azurite
    fail "Azurite did not start." "Its log is $state/log/azurite.log"
}

launch_azurite() {
    remember AZURITE_BLOB_PORT "$(free_port "${AZURITE_BLOB_PORT:-10000}")"
    remember AZURITE_QUEUE_PORT "$(free_port $((AZURITE_BLOB_PORT + 1)))"
    remember AZURITE_TABLE_PORT "$(free_port $((AZURITE_QUEUE_PORT + 1)))"
    set -m
    node "$azurite_code/node_modules/azurite/dist/src/azurite.js" \
        --silent --skipApiVersionCheck --disableTelemetry --location "$state/azurite" --blobPort "$AZURITE_BLOB_PORT" \
        --queuePort "$AZURITE_QUEUE_PORT" --tablePort "$AZURITE_TABLE_PORT" \
        >"$state/log/azurite.log" 2>&1 </dev/null 7>&- 8>&- &
    set +m
    record_process azurite $!
}

azurite_answers_or_ended() {
    process_gone azurite ||
        { port_taken "$AZURITE_BLOB_PORT" && port_taken "$AZURITE_QUEUE_PORT" && port_taken "$AZURITE_TABLE_PORT"; }
}

export_storage() {
    local storage="DefaultEndpointsProtocol=http;AccountName=$azurite_account;AccountKey=$azurite_key"
    storage+=";BlobEndpoint=http://127.0.0.1:$AZURITE_BLOB_PORT/$azurite_account"
    storage+=";QueueEndpoint=http://127.0.0.1:$AZURITE_QUEUE_PORT/$azurite_account"
    storage+=";TableEndpoint=http://127.0.0.1:$AZURITE_TABLE_PORT/$azurite_account"
    remember AzureWebJobsStorage "$storage"
}

stop_azurite() { end_process azurite 10; }
