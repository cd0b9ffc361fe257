// The two packages ship no types; these are the parts that ydf.ts uses, as they behave (read from their dist files).
declare module 'ydf-inference' {
  export interface YdfModel {
    getInputFeatures: () => { name: string, type: string }[]
    getLabelClasses: () => string[]
    predict: (examples: Record<string, (number | string | null)[]>) => number[]
    unload: () => void
  }
  export interface YdfInference {
    loadModelFromZipBlob: (zip: Uint8Array) => Promise<YdfModel>
  }
  export default function YDFInference (options: { print: (text: string) => void, printErr: (text: string) => void }): Promise<YdfInference>
}

declare module 'ydf-training' {
  export interface YdfTrainedModel {
    internalModel: { save: (folder: string) => void }
    unload: () => void
  }
  export type YdfLearner = new (label: string, task: 'CLASSIFICATION') => {
    train: (columns: Record<string, number[] | string[]>) => YdfTrainedModel
  }
  export interface YdfTraining {
    FS: { readdir: (folder: string) => string[], readFile: (path: string) => Uint8Array }
    GradientBoostedTreesLearner: YdfLearner
    RandomForestLearner: YdfLearner
  }
  export default function YDFTraining (options: { print: (text: string) => void, printErr: (text: string) => void }): Promise<YdfTraining>
}
