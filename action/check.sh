#!/usr/bin/env bash
# The step of `action.yml` that checks: annotations on standard output, the step summary, a SARIF file for code
# scanning, and the text of the pull request's comment.
set -euo pipefail

base=()
[ -z "${ALIGNMENT_BASE:-}" ] || base=(--base "$ALIGNMENT_BASE")
status=0
alignment check "$ALIGNMENT_PATH" "${base[@]}" --fail-on "$ALIGNMENT_FAIL_ON" --min-confidence "$ALIGNMENT_MIN_CONFIDENCE" \
  --output github --output "sarif=$ALIGNMENT_SARIF_FILE" --output "pr-comment=$ALIGNMENT_COMMENT_FILE" || status=$?

# A run that could not check has nothing to upload.
if [ "$status" -le 1 ]; then
  # Code scanning knows neither suppressions nor a base: it would open an alert for what the project accepts, for what was there
  # before, and for what is fixed.
  active=$(mktemp)
  jq -c '.runs[].results |= map(select((has("suppressions") | not) and ((.baselineState // "new") == "new")))' "$ALIGNMENT_SARIF_FILE" >"$active"
  mv "$active" "$ALIGNMENT_SARIF_FILE"
  printf 'sarif-file=%s\ncomment-file=%s\n' "$ALIGNMENT_SARIF_FILE" "$ALIGNMENT_COMMENT_FILE" >>"$GITHUB_OUTPUT"
fi
exit "$status"
