extension BadManifest {
    /// Several steps for each row.
    static let steps = [
        BadManifest(
            "aModelBesideSteps",
            """
            job: x
            model: a/b
            inputs: { range: [1, 2] }
            input: { n: 1 }
            steps:
              one: { model: a/b, input: { n: "{{ value }}" } }
            """,
            """
            jobs/x.yaml:2:1: error: 'model' stands beside 'steps'
                write it in each step instead
            jobs/x.yaml:4:1: error: 'input' stands beside 'steps'
                write it in each step instead
            """),
        BadManifest(
            "stepsOnCogServers",
            """
            job: x
            provider: { cog: { servers: [http://localhost:5000] } }
            inputs: { range: [1, 2] }
            steps:
              one: { model: a/b, input: { n: "{{ value }}" } }
            """,
            """
            jobs/x.yaml:4:1: error: 'steps' cannot be run on Cog servers, which serve one model
                write a job for each model, and take the results of one as the rows of the other: inputs: { run: JOB }
            """),
        BadManifest(
            "noStepInSteps",
            """
            job: x
            inputs: { range: [1, 2] }
            steps: {}
            """,
            """
            jobs/x.yaml:3:8: error: 'steps' must be a mapping of names to steps, found a mapping
                such as { draw: { model: … } }
            """),
        BadManifest(
            "aStepWithoutModelAndInput",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              one: { concurrency: 2 }
            """,
            """
            jobs/x.yaml:4:3: error: the step 'one' has no 'model'
                add: model: …
            jobs/x.yaml:4:3: error: the step 'one' has no 'input'
                add: input: …
            """),
        BadManifest(
            "aKeyThatNoStepHas",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              one: { model: a/b, input: { n: 1 }, need: two }
            """,
            """
            jobs/x.yaml:4:39: error: unknown key 'need'
                did you mean 'needs'?
            """),
        BadManifest(
            "aStepNamedLikeABuiltIn",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              index: { model: a/b, input: { n: 1 } }
              2nd: { model: a/b, input: { n: 1 } }
            """,
            """
            jobs/x.yaml:4:3: error: 'index' cannot be a step's name
                expected letters, digits, '-' and '_', at most 50, starting with a letter, and no built-in name
            jobs/x.yaml:5:3: error: '2nd' cannot be a step's name
                expected letters, digits, '-' and '_', at most 50, starting with a letter, and no built-in name
            """),
        BadManifest(
            "aStepThatIsNotThere",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              draw: { model: a/b, input: { n: 1 } }
              enlarge: { needs: [drew, enlarge], model: a/b, input: { n: 1 } }
            """,
            """
            jobs/x.yaml:5:22: error: there is no step 'drew'
                did you mean 'draw'?
            jobs/x.yaml:5:28: error: the step 'enlarge' needs itself
            """),
        BadManifest(
            "stepsInACircle",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              a: { model: a/b, input: { n: 1 } }
              b: { needs: [a, d], model: a/b, input: { n: 1 } }
              c: { needs: b, model: a/b, input: { n: 1 } }
              d: { needs: c, model: a/b, input: { n: 1 } }
            """,
            """
            jobs/x.yaml:3:1: error: the steps need each other: b needs d needs c needs b
                one of them must do without the others
            """),
        BadManifest(
            "aResultOfAStepThatIsNotNeeded",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              draw: { model: a/b, input: { n: "{{ tell.output }}" } }
              tell: { model: a/b, input: { n: "{{ tell.output }}" } }
            outputs: { name: "{{ draw.name }}" }
            """,
            """
            jobs/x.yaml:4:36: error: the result of the step 'tell' is not known here
                add to the step 'draw': needs: tell
            jobs/x.yaml:5:36: error: the result of the step 'tell' is not known here
                a step is not made from itself
            jobs/x.yaml:6:19: error: the result of the step 'draw' is not known here
                results can be used in the 'input' of a step that needs them
            """),
        BadManifest(
            "aPartThatNoResultHas",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              draw: { model: a/b, input: { n: 1 } }
              tell: { needs: draw, model: a/b, input: { n: "{{ draw.outputs }}", m: "{{ draw }}" } }
            """,
            """
            jobs/x.yaml:5:49: error: the result of a step has no 'outputs'
                did you mean 'output'?
            jobs/x.yaml:5:74: error: 'draw' is a step
                name a part of its result: draw.output, draw.text, draw.file, draw.files[0], draw.key or draw.name
            """),
        BadManifest(
            "aFilePutTogetherFromAResult",
            """
            job: x
            inputs: { range: [1, 2] }
            steps:
              draw: { model: a/b, input: { n: 1 } }
              tell: { needs: draw, model: a/b, input: { n: { file: "{{ draw.output }}.png" } } }
            """,
            """
            jobs/x.yaml:5:56: error: a file that a step has made is named alone
                write { file: "{{ STEP.file }}" } or { file: "{{ STEP.files[1] }}" }
            """),
        BadManifest(
            "aStepNamedLikeAColumn",
            """
            job: x
            inputs: { list: [{ draw: 1 }] }
            matrix: { tell: [1] }
            steps:
              draw: { model: a/b, input: { n: 1 } }
              tell: { needs: draw, model: a/b, input: { n: 1 } }
              last: { needs: tell, model: a/b, input: { n: 1 } }
            """,
            """
            jobs/x.yaml: error: 'draw' is a step and a column of list
                give the step another name
            jobs/x.yaml:3:11: error: 'tell' is a step too
                give the matrix another name for it
            """),
        BadManifest(
            "aCostOfStepsWithoutEveryPrice",
            """
            job: x
            inputs: { range: [1, 2] }
            budget: { cost: 5 }
            steps:
              draw: { model: a/b, input: { n: 1 }, price: { per_prediction: 1 } }
              tell: { model: a/b, input: { n: 1 } }
            """,
            """
            jobs/x.yaml:3:9: error: 'budget.cost' needs a 'price' for each step
                add what the model costs, such as: price: { per_second: 0.000975 }
            """),
    ]
}
