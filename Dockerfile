# Two images of one build. Any builder can make them, BuildKit or not:
#   docker build -t ringfence .
#   docker build -t ringfence-simulators --target simulators .

# What runs, from the lock file; both other stages that need packages begin with it.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# The compiler, its settings and its types as the lock file has them, and nothing else that developers use.
FROM packages AS build
RUN npm pkg delete $(node -p "Object.keys(require('./package.json').devDependencies).filter((name) => !/^(typescript|fastify-tsconfig|@types\/.*)$/.test(name)).map((name) => 'devDependencies.' + name).join(' ')") \
  && npm install --no-save --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY contact-flow contact-flow
COPY src src
# Compiled, the code keeps its statements; a stack trace can be read without source maps.
RUN npm run build && find dist -name '*.map' -delete && rm dist/.tsbuildinfo

# What runs, without what only compilers, editors and the packages' own tests read (among it private keys of test servers). Folders go by name
# right in a package only: deeper down they may well be part of it, such as libphonenumber-js/mobile/examples.
FROM packages AS dependencies
RUN find node_modules -type f '(' -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' ')' -delete \
  && find node_modules -regextype posix-extended -type f,d \
    -regex '(.*/)?node_modules/(@[^/]+/)?[^./@][^/]*/(\.[^/]+|tests?|e2e|specs?|fixtures|bench(marks?)?|docs?|examples?|scripts|(eslint|playwright)\.config\.[cm]?js)' \
    -prune -exec rm -rf '{}' + \
  && find node_modules -type d -empty -delete

# All the rest. Whatever the umask of whoever checked it out, it can be read, and changed by nobody.
FROM node:24-bookworm-slim AS program
WORKDIR /app
COPY package.json LICENSE ./
COPY docker docker
COPY models models
COPY detectors detectors
COPY examples examples
COPY contact-flow contact-flow
COPY --from=build /app/dist dist
RUN chmod -R a+rX,go-w .

# The AWS stand-ins of `ringfence simulate`; each of its settings has a name in the environment, see --help.
FROM node:24-bookworm-slim AS simulators
LABEL org.opencontainers.image.title="ringfence-simulators" \
  org.opencontainers.image.description="Stand-ins for Amazon Connect, Amazon Fraud Detector, SageMaker Runtime and S3, for trying Ringfence out." \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=program /app ./
ENV SIMULATE_HOST=0.0.0.0 SIMULATE_CONNECT_PORT=4010
USER 1000:1000
EXPOSE 4010 4011 4012 4013
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["docker/health-check", "SIMULATE_CONNECT_PORT", "/_simulator/config"]
ENTRYPOINT ["node", "docker/entrypoint.mjs", "simulate"]

# A production service starts no stand-in, runs no database and trains nothing.
FROM dependencies AS service-dependencies
RUN npm uninstall --no-save --omit=dev --ignore-scripts --no-audit --no-fund dynalite level ydf-training
FROM program AS service-program
RUN rm -r dist/simulators dist/prove dist/cli/demo.js dist/cli/simulate.js dist/cli/prove.js contact-flow/bridge contact-flow/lex-bot

FROM node:24-bookworm-slim AS service
LABEL org.opencontainers.image.title="ringfence" \
  org.opencontainers.image.description="Screens card transactions and, when one looks like fraud, rings the cardholder and fences the card." \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=service-dependencies /app/node_modules node_modules
COPY --from=service-program /app ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
USER 1000:1000
EXPOSE 3000
# Alive, not ready: when the store is away, nobody is helped by an orchestrator that ends every replica.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["docker/health-check", "PORT", "/livez"]
ENTRYPOINT ["node", "docker/entrypoint.mjs"]
