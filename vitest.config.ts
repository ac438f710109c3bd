import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The package's own name, as its users import it.
  resolve: {
    alias: [
      { find: /^winnowdb$/, replacement: new URL('src/index.ts', import.meta.url).pathname },
      {
        find: /^winnowdb\/testing$/,
        replacement: new URL('src/testing/testing.ts', import.meta.url).pathname,
      },
    ],
  },
  test: {
    globalSetup: ['scripts/kernels.mjs'],
    include: ['src/**/*.test.ts', 'demo/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
