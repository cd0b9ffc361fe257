/**
 * Imports point inward: domain <- ports <- usecases <- http <- app <- main -> adapters -> ports.
 * Each rule names the room and all that it may import besides itself and npm packages.
 */
const rooms = {
  '^src/domain/': ['^src/errors\\.ts$'],
  '^src/errors\\.ts$': [],
  '^src/ports\\.ts$': ['^src/domain/', '^src/errors\\.ts$'],
  '^src/usecases/': ['^src/domain/', '^src/errors\\.ts$', '^src/ports\\.ts$'],
  '^src/http/': ['^src/domain/', '^src/errors\\.ts$', '^src/ports\\.ts$', '^src/usecases/'],
  '^src/app\\.ts$': ['^src/domain/', '^src/errors\\.ts$', '^src/ports\\.ts$', '^src/usecases/', '^src/http/'],
  '^src/settings\\.ts$': ['^src/domain/'],
  '^src/config\\.ts$': ['^src/domain/', '^src/errors\\.ts$', '^src/settings\\.ts$'],
  '^src/adapters/': ['^src/domain/', '^src/errors\\.ts$', '^src/ports\\.ts$', '^src/model/', '^src/detector/', '^src/training-data/variable-type\\.ts$'],
  '^src/wiring/': ['^src/domain/', '^src/errors\\.ts$', '^src/ports\\.ts$', '^src/config\\.ts$', '^src/adapters/', '^src/http/app-type\\.ts$'],
  '^src/model/': ['^src/domain/', '^src/errors\\.ts$'],
  '^src/flow-language/': [],
  '^src/training-data/': ['^src/domain/'],
  '^src/training/': ['^src/domain/', '^src/errors\\.ts$', '^src/model/', '^src/training-data/'],
  '^src/detector/': ['^src/domain/', '^src/errors\\.ts$', '^src/training-data/'],
  '^src/prove/checker': ['^src/prove/proof-record\\.ts$'],
  '^src/prove/': ['^src/model/random\\.ts$', '^src/simulators/connect/contact\\.ts$'],
  '^src/simulators/': ['^contact-flow/', '^src/flow-language/', '^src/model/', '^src/training/(ranking|ydf-training)\\.ts$']
}

const AWS_HOMES = '^src/(adapters/|prove/|wiring/|main\\.ts$)'

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `walls of ${room.replace(/[\\^$]/g, '')}`,
      severity: 'error',
      from: { path: room },
      to: { path: '^(src|contact-flow|test)/', pathNot: [room, ...allowed] }
    })),
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'the AWS SDK lives in adapters and main', severity: 'error', from: { path: '^src/', pathNot: AWS_HOMES }, to: { path: '@aws-sdk/' } },
    { name: 'the domain imports no package', severity: 'error', from: { path: '^src/domain/' }, to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'libphonenumber-js' } },
    { name: 'the domain touches no machine', severity: 'error', from: { path: '^src/domain/' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' } },
    { name: 'the bridge has no dependency', severity: 'error', from: { path: '^contact-flow/bridge/' }, to: { dependencyTypes: ['npm', 'npm-dev'] } },
    { name: 'only main starts simulators', severity: 'error', from: { path: '^src/', pathNot: '^src/(main\\.ts$|cli/|prove/|simulators/)' }, to: { path: '^src/simulators/' } }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node'] }
  }
}
