#!/bin/sh
# Makes the namespace `default`, whose closed workflows stay to be looked at for thirty days.
set -eu

tries=0
until temporal operator cluster health; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || exit 1
    sleep 2
done
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
    temporal operator namespace create --namespace default --retention 720h
