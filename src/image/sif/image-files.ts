import { FarmError } from '../../core/farm-error.ts';
import { formatReadableJson } from '../../core/json.ts';
import { type GeneratedContent, generatedLayer } from '../layers/generated-layer.ts';
import type { RootLayer } from '../root-tree.ts';

/** What a SIF file says about how it is run: what a config of an OCI image says, too. */
export interface ImageSettings {
  /** A text that says how the image was made. */
  readonly definition: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Set before anything runs, whatever the caller's environment has; only `--env` and `APPTAINERENV_` change it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What `apptainer run` begins with; its arguments follow. */
  readonly entrypoint?: readonly string[];
  /** Takes the place of arguments when there are none. */
  readonly command?: readonly string[];
}

const runscriptPath = '.singularity.d/runscript';

/** Where the environment is set. */
export const environmentPath = '.singularity.d/env/90-environment.sh';

/** After a file of this name apptainer sets what `--env` and `APPTAINERENV_` ask for: without it they would lose against the image. Libraries of the host that `--nv` brings are found last. */
const baseScript = `# What "--env" asks for comes after this file.
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/.singularity.d/libs"
`;

/** What `--env PATH`, `APPTAINERENV_PREPEND_PATH` and `APPTAINERENV_APPEND_PATH` become. */
const pathScript = `PATH="\${SING_USER_DEFINED_PREPEND_PATH:+$SING_USER_DEFINED_PREPEND_PATH:}$PATH"
PATH="$PATH\${SING_USER_DEFINED_APPEND_PATH:+:$SING_USER_DEFINED_APPEND_PATH}"
export PATH="\${SING_USER_DEFINED_PATH:-$PATH}"
unset SING_USER_DEFINED_PREPEND_PATH SING_USER_DEFINED_APPEND_PATH SING_USER_DEFINED_PATH
`;

/** The layer above all others: how apptainer runs the image.
 * @throws NAME_INVALID when a variable has a name that a shell cannot set */
export function settingsLayer(settings: ImageSettings): RootLayer {
  const folder = { folder: 0o755 };
  const files: Record<string, GeneratedContent> = {
    '.singularity.d': folder,
    '.singularity.d/Singularity': { text: settings.definition },
    '.singularity.d/env': folder,
    [environmentPath]: { text: formatEnvironmentScript(settings.environment), executable: true },
    '.singularity.d/env/99-base.sh': { text: baseScript, executable: true },
    '.singularity.d/env/99-runtimevars.sh': { text: pathScript, executable: true },
    '.singularity.d/labels.json': { text: formatReadableJson(settings.labels) },
    '.singularity.d/libs': folder,
    [runscriptPath]: { text: formatRunscript(settings), executable: true },
    environment: { link: environmentPath },
    singularity: { link: runscriptPath },
  };
  return generatedLayer('the settings of the image', files);
}

/** The layer below all others: what apptainer mounts something on, where the image has nothing there. */
export function mountPointsLayer(): RootLayer {
  const folder = { folder: 0o755 };
  const shared = { folder: 0o1777 };
  const empty = { text: '' };
  return generatedLayer('the mount points', {
    dev: folder,
    etc: folder,
    'etc/group': { text: 'root:x:0:\n' },
    'etc/hosts': empty,
    'etc/localtime': empty,
    'etc/passwd': { text: 'root:x:0:0:root:/root:/bin/sh\n' },
    'etc/resolv.conf': empty,
    home: folder,
    proc: folder,
    root: { folder: 0o700 },
    sys: folder,
    tmp: shared,
    var: folder,
    'var/tmp': shared,
  });
}

/** Formats the script that sets the environment.
 * @throws NAME_INVALID */
export function formatEnvironmentScript(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
        throw new FarmError('NAME_INVALID', `Cannot set the variable ${JSON.stringify(name)}: a shell cannot`);
      }
      return `export ${name}=${quote(value)}`;
    });
  return ['# The environment of this image, whatever that of the caller is.', ...lines, ''].join('\n');
}

/** Formats the script that `apptainer run` runs: a shell where the image has nothing of its own to run. */
export function formatRunscript({
  entrypoint = [],
  command = [],
}: Pick<ImageSettings, 'entrypoint' | 'command'>): string {
  const words = (argv: readonly string[]) => argv.map(quote).join(' ');
  const usual = command.length > 0 || entrypoint.length > 0 ? command : ['/bin/sh'];
  return [
    '#!/bin/sh',
    ...(usual.length > 0 ? [`[ "$#" -gt 0 ] || set -- ${words(usual)}`] : []),
    `exec ${[words(entrypoint), '"$@"'].filter((part) => part !== '').join(' ')}`,
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What `apptainer inspect` shows. */
export function inspectDataOf(settings: ImageSettings): object {
  const { definition, labels, environment } = settings;
  const attributes = {
    deffile: definition,
    environment: { [`/${environmentPath}`]: formatEnvironmentScript(environment) },
    labels,
    runscript: formatRunscript(settings),
  };
  return { data: { attributes }, type: 'container' };
}
