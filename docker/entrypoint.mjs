// `docker run ringfence` is the service; with words after the image's name, they are a command: `docker run ringfence key create --name till`.

// Process 1 of a container ignores a signal that it has no handler for: until the program has one of its own, and where it needs none, it simply ends.
for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]]) {
  process.on(signal, () => { if (process.listenerCount(signal) === 1) process.exit(128 + number) })
}

await import(process.argv.length > 2 ? '../dist/cli.js' : '../dist/main.js')
