#!/bin/sh
# Creates Temporal's two databases or brings them up to this version; running it again changes nothing.
set -eu

SQL_PASSWORD="$(cat /run/secrets/postgres-password)"
export SQL_PASSWORD

for part in temporal:temporal temporal_visibility:visibility; do
    database="${part%%:*}"
    schema="/etc/temporal/schema/postgresql/v12/${part##*:}/versioned"
    temporal-sql-tool --db "$database" create-database
    temporal-sql-tool --db "$database" setup-schema -v 0.0
    temporal-sql-tool --db "$database" update-schema -d "$schema"
done
