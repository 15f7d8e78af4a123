#!/usr/bin/env bash
# The step of `action.yml` that checks: annotations on standard output, the step summary, and a SARIF file for code scanning.
set -euo pipefail

status=0
alignment check "$ALIGNMENT_PATH" --fail-on "$ALIGNMENT_FAIL_ON" --min-confidence "$ALIGNMENT_MIN_CONFIDENCE" \
  --output github --output "sarif=$ALIGNMENT_SARIF_FILE" || status=$?

# A run that could not check has nothing to upload.
if [ "$status" -le 1 ]; then
  # Code scanning does not know suppressions: it would open an alert for what the project accepts.
  active=$(mktemp)
  jq -c '.runs[].results |= map(select(has("suppressions") | not))' "$ALIGNMENT_SARIF_FILE" >"$active"
  mv "$active" "$ALIGNMENT_SARIF_FILE"
  printf 'sarif-file=%s\n' "$ALIGNMENT_SARIF_FILE" >>"$GITHUB_OUTPUT"
fi
exit "$status"
