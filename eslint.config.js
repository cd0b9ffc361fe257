import neostandard, { plugins, resolveIgnoresFromGitignore } from 'neostandard'

const tseslint = plugins['typescript-eslint']

export default [
  ...neostandard({ ts: true, ignores: resolveIgnoresFromGitignore() }),
  {
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error'
    }
  },
  // A construct enters its scope by being made.
  { files: ['deploy/**/*.ts'], rules: { 'no-new': 'off' } }
]
