#!/usr/bin/env bash
# The step of `action.yml` that comments: replaces the comment of an earlier run, which its first line tells, or writes the first one.
set -euo pipefail

marker=$(head -n 1 "$ALIGNMENT_COMMENT_FILE")
comments=repos/$GITHUB_REPOSITORY/issues
mine=$(gh api --paginate "$comments/$ALIGNMENT_PULL_REQUEST/comments" \
  --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)
if [ -n "$mine" ]; then
  gh api --method PATCH "$comments/comments/$mine" --field "body=@$ALIGNMENT_COMMENT_FILE" --silent
else
  gh api --method POST "$comments/$ALIGNMENT_PULL_REQUEST/comments" --field "body=@$ALIGNMENT_COMMENT_FILE" --silent
fi
