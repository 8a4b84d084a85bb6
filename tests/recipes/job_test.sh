#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Kubernetes' own schemas, as the npm package kubernetes-models has them, accept the farm's Job: its values when it runs, and the
# names of its fields when TypeScript checks it. usage: job_test.sh SOURCE_DIRECTORY DIRECTORY_OF_NODE_MODULES
set -euo pipefail
modules=$2/node_modules
if [ ! -d "$modules/kubernetes-models" ] || ! command -v node >/dev/null; then
  echo "skipped: kubernetes-models is not installed; tools/test.sh recipes fetches it"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$modules" "$work/node_modules"
cat >"$work/check.mjs" <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Job } from 'kubernetes-models/batch/v1/Job';
const job = parse(readFileSync(process.argv[2], 'utf8'));
new Job(job).validate();
writeFileSync('job.ts', `import { IJob } from 'kubernetes-models/batch/v1/Job';
export const job: IJob = ${JSON.stringify(job, null, 2)};`);
JS
accepts() { # accepts FILE
  (cd "$work" && node check.mjs "$1" && node node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --moduleResolution node job.ts)
}
job=$1/examples/farm/job.yaml
accepts "$job"

# They would complain: of a value of another type, and of a field that they do not know.
for mistake in 's/completions: 12/completions: twelve/' 's/restartPolicy:/restartPolitics:/' 's/backoffLimit:/backOffLimit:/'; do
  sed "$mistake" "$job" >"$work/wrong.yaml"
  if accepts wrong.yaml >"$work/errors" 2>&1; then
    echo "the schemas accept $mistake"
    exit 1
  fi
done
