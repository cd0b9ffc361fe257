// `docker run ringfence` is the service; with words after the image's name, they are a command: `docker run ringfence key create --name till`.
await import(process.argv.length > 2 ? '../dist/cli.js' : '../dist/main.js')
