import { ringfenceApp } from '../lib/ringfence-app.ts'

ringfenceApp().synth()
