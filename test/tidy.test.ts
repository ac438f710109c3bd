// What review should not have to look for: floors, ports, dead files, package shape; and that the linter bites.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** From the ground up; folders of one floor do not import each other. */
const floors: readonly (readonly string[])[] = [
  ['base'],
  ['io', 'kv', 'kernels'],
  ['types'],
  ['formats', 'sql'],
  ['expr'],
  ['log', 'parts'],
  ['rows'],
  ['catalog'],
  ['pipeline', 'plan'],
  ['exec'],
  ['engine'],
  ['server'],
  ['cli'],
];
/** Files that are run or imported from outside; everything else must be reached from them. */
const entryPoints = [
  'src/index.ts',
  'src/server/server.ts',
  'src/cli/main.ts',
  'src/testing/testing.ts',
  'src/testing/simulate-main.ts',
  'src/exec/worker-main.ts',
  'demo/flights/main.ts',
  'bench/main.ts',
];
const maxFileLines = 600;

type Source = { readonly file: string; readonly text: string; readonly imports: readonly string[] };

const importPattern =
  /^(?:import|export)\s(?:type\s)?[\w*,\s]*(?:\{[^{}]*\}\s)?(?:from\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;
const sources = ['src', 'demo', 'bench', 'test', 'examples'].flatMap(readSources);
const isTest = ({ file }: Source): boolean =>
  /(\.test|\.test-support|-contract)\.ts$|\/twins\//.test(file) || file.startsWith('test/');
const product = sources.filter((source) => source.file.startsWith('src/') && !isTest(source));

function readSources(folder: string): Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return {
        file,
        text,
        imports: [...text.matchAll(importPattern)].map(([, named, lazy]) => (named ?? lazy)!),
      };
    });
}

/** The file a relative import names. */
function target({ file }: Source, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

const relative = (specifier: string): boolean => specifier.startsWith('.');
const folderOf = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1];
const floorOf = (folder: string): number => floors.findIndex((folders) => folders.includes(folder));

test('every folder of src has a floor', () => {
  const folders = new Set(product.map(({ file }) => folderOf(file)).filter((folder) => folder !== undefined));
  expect([...folders].filter((folder) => folder !== 'testing' && floorOf(folder) < 0)).toEqual([]);
});

test('a module imports from its own folder and from lower floors only', () => {
  const upward = product.flatMap((source) => {
    const from = folderOf(source.file);
    if (from === undefined || from === 'testing') return [];
    return source.imports
      .filter(relative)
      .map((specifier) => target(source, specifier))
      .filter((file) => {
        const to = folderOf(file);
        return to !== from && (to === undefined || floorOf(to) < 0 || floorOf(to) >= floorOf(from));
      })
      .map((file) => `${source.file} imports ${file}`);
  });
  expect(upward).toEqual([]);
});

test('the linter has a rule for every folder with a floor', () => {
  const config = JSON.parse(readFileSync(path.join(root, '.oxlintrc.json'), 'utf8')) as {
    overrides: { files: string[]; rules: Record<string, unknown> }[];
  };
  const ruled = config.overrides
    .filter(({ rules }) => Array.isArray(rules['no-restricted-imports']))
    .flatMap(({ files }) => files);
  expect(ruled.sort()).toEqual([...floors.flat().map((folder) => `src/${folder}/**`), 'src/index.ts'].sort());
});

test('time, randomness and files come through the ports', () => {
  const doors =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bhrtime\b|\bset(Timeout|Interval|Immediate)\(|\brandom(Bytes|UUID|Int)\b|'node:(fs|timers|perf_hooks)/;
  const past = product.filter(({ file, text }) => !/^src\/(io|kv|testing)\//.test(file) && doors.test(text));
  expect(past.map(({ file }) => file)).toEqual([]);
});

test('only tests, benchmarks and examples import the simulation', () => {
  const importers = product
    .filter(({ file }) => folderOf(file) !== 'testing')
    .filter((source) => source.imports.some((specifier) => /\/testing\//.test(specifier)));
  expect(importers.map(({ file }) => file)).toEqual([]);
});

test('no file but an entry point is there only to re-export', () => {
  const reexport = /^export (type )?\{[^}]*\} from '[^']+';$/gm;
  const barrels = sources.filter(({ file, text }) => {
    if (/^export \*/m.test(text)) return true;
    return (
      reexport.test(text) && !entryPoints.includes(file) && !/^export /m.test(text.replace(reexport, ''))
    );
  });
  expect(barrels.map(({ file }) => file)).toEqual([]);
});

test('every file of the product is reached from an entry point, every helper of the tests from a test', () => {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const reached = new Set<string>();
  const visit = (file: string): void => {
    const source = byFile.get(file);
    if (!source || reached.has(file)) return;
    reached.add(file);
    for (const specifier of source.imports.filter(relative)) visit(target(source, specifier));
  };
  const unreached = (some: readonly Source[]): string[] =>
    some.map(({ file }) => file).filter((file) => !reached.has(file));
  entryPoints.forEach(visit);
  expect(unreached(product.filter(({ file }) => folderOf(file) !== 'testing'))).toEqual([]);
  sources.filter(({ file }) => file.endsWith('.test.ts')).forEach(({ file }) => visit(file));
  expect(unreached(sources.filter(({ file }) => file.startsWith('src/')))).toEqual([]);
});

test('nothing is left to do in the text, and no file is too long', () => {
  // Written in two parts, so that this file does not find itself.
  const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
  expect(sources.filter(({ text }) => marker.test(text)).map(({ file }) => file)).toEqual([]);
  const long = sources.filter(({ text }) => text.split('\n').length > maxFileLines);
  expect(long.map(({ file }) => file)).toEqual([]);
});

// The package.

type Manifest = {
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const readManifest = (file: string): Manifest =>
  JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
const manifest = readManifest('package.json');
const benchDependencies = readManifest('bench/package.json').dependencies;

/** Package names among the imports of these sources. */
function packagesOf(some: readonly Source[]): Set<string> {
  const specifiers = some
    .flatMap(({ imports }) => imports)
    .filter((specifier) => !/^(\.|node:)/.test(specifier));
  return new Set(specifiers.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0]));
}

test('every export and program of the package is built from a source', () => {
  const built = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
    .flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
    .filter((file) => file.startsWith('./dist/'));
  expect(built.length).toBeGreaterThan(4);
  const sourceOf = (file: string): string => file.replace('./dist/', '').replace(/(\.d\.ts|\.js)$/, '.ts');
  expect(built.filter((file) => !existsSync(path.join(root, sourceOf(file))))).toEqual([]);
  if (existsSync(path.join(root, 'dist'))) {
    expect(built.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  }
});

test('the program starts with a line that names Node', () => {
  expect(readFileSync(path.join(root, 'src/cli/main.ts'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('dependencies are pinned to exact versions', () => {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...benchDependencies };
  expect(
    Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
  ).toEqual([]);
});

test('the product imports its dependencies and nothing else, and none is left over', () => {
  expect([...packagesOf(product)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

test('every development dependency is imported or run', () => {
  const toolPackages = new Set([
    '@types/node',
    'assemblyscript',
    'oxfmt',
    'oxlint',
    'oxlint-tsgolint',
    'typescript',
    'vega-datasets',
  ]);
  const imported = packagesOf(sources.filter((source) => !product.includes(source)));
  const unused = Object.keys(manifest.devDependencies).filter(
    (name) => !toolPackages.has(name) && !imported.has(name),
  );
  // A decompressor is found by name at run time.
  expect(unused.filter((name) => name !== 'hyparquet-compressors')).toEqual([]);
  const known = { ...manifest.dependencies, ...manifest.devDependencies, ...benchDependencies, winnowdb: '' };
  expect([...imported].filter((name) => !(name in known))).toEqual([]);
});

// The linter.

const fixtures = mkdtempSync(path.join(tmpdir(), 'winnow-tidy-'));
afterAll(() => rmSync(fixtures, { recursive: true }));

/** What oxlint, with the project's rules, says about a tree of such files. */
function lint(name: string, files: Record<string, string>): string {
  const folder = path.join(fixtures, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${text}\n`);
  }
  cpSync(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  cpSync(path.join(root, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  // The type-aware rules are a program that oxlint finds here.
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  const oxlint = path.join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--type-aware', '-f', 'unix'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

test('the linter passes a tree that keeps the rules', () => {
  const files = {
    'src/base/low.ts': 'export const low = async (): Promise<number> => 1;',
    'src/engine/high.ts': "import { low } from '../base/low.ts';\nexport const high = await low();",
  };
  expect(lint('clean', files)).not.toMatch(/Error/);
});

test('the linter fails on an upward import', () => {
  const files = {
    'src/engine/high.ts': 'export const high = 1;',
    'src/kv/low.ts': "import { high } from '../engine/high.ts';\nexport const low = high;",
  };
  expect(lint('upward', files)).toMatch(/src\/kv\/low\.ts:1.*no-restricted-imports/);
});

test('the linter fails on a cycle of imports', () => {
  const files = {
    'src/types/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b;",
    'src/types/b.ts': "import { a } from './a.ts';\nexport const b = 1;\nexport const c = a();",
  };
  expect(lint('cycle', files)).toMatch(/src\/types\/[ab]\.ts:1.*no-cycle/);
});

test('the linter fails on a promise that nobody waits for', () => {
  const files = {
    'src/log/lose.ts':
      'async function save(): Promise<void> {}\nexport function lose(): void {\n  save();\n}',
  };
  expect(lint('floating', files)).toMatch(/src\/log\/lose\.ts:3.*no-floating-promises/);
});

test('the linter fails on time and files past the ports', () => {
  const files = {
    'src/engine/clock.ts':
      "import { readFile } from 'node:fs/promises';\nexport const nowMs = Date.now();\nexport const file = readFile('x');",
  };
  const said = lint('ports', files);
  expect(said).toMatch(/clock\.ts:1.*no-restricted-imports/);
  expect(said).toMatch(/clock\.ts:2.*no-restricted-properties/);
});
