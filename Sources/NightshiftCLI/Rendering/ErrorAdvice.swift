import Nightshift
import NightshiftCore

/// What a person can do about an error of the engine: the one place where errors meet commands.
struct ErrorAdvice {
    /// The job that the command was about, if it was about one.
    var job: JobCommandLine?

    /// What to do, a line each; empty where the message says it all, or nothing can be done.
    func lines(_ error: EngineError) -> [String] {
        switch error.cause {
        case .invalidInputs:
            [
                "nothing was sent"
                    + (error.facts["can_be_skipped"] == "true"
                        ? "; '--skip-invalid' leaves out items that cannot be sent" : "")
            ]
        case .collidingItems: ["give 'key' and 'outputs.name' a placeholder that tells these rows apart"]
        case .outputsElsewhere:
            [
                "move them with: mv '\(error.facts["before_path"] ?? "")' '\(error.facts["now_path"] ?? "")'",
                "or write '\(error.facts["before"] ?? "")' again, or start over with --fresh",
            ]
        case .neverRun, .noRun: command("start it with", "run")
        case .noSuchItem: command("list them with", "items")
        case .unknownKeys:
            error.facts["is_known"] == "true"
                ? command("list the keys with", "items")
                : command("see the first keys with", "plan", "--json", "--offline")
        case .notAPlan: command("make one with", "plan", "--out", error.facts["path"] ?? "FILE")
        case .planDiffers: command("make a new plan with", "plan", "--out", "FILE")
        case .notRemade:
            [
                "go on with --yes: the results that there are go to the folder 'previous' of the output directory",
                "or take back the edit, or try it in a copy of the manifest under another name",
            ]
        case .exportReplacesSource: ["export to another directory with --to, or read the rows from a copy"]
        case .programMissing: ["get it with: pip install duckdb-cli, or from duckdb.org"]
        case .noStateDirectory: ["name the folder of the manifests, or --state"]
        case .manifestExists: ["replace it with --force, or name another with --to"]
        case .tooFewFiles: ["allow at least \(error.facts["least"] ?? "256"), better 1024, with: ulimit -n 1024"]
        case .heldByAnotherProcess: command("watch it with", "status")
        case .runDoesNotAnswer: ["try again in a moment"]
        case .noLocks, .storeHasNoLocks: ["keep the checkpoints in a folder on a local disk, with --state DIRECTORY"]
        case .lockNotPermitted:
            ["run the job as the user who owns the folder, or keep its checkpoints elsewhere with --state DIRECTORY"]
        case .storeIsLink: ["put the store itself there, or name its folder with --state"]
        case .storeDamaged:
            ["finished outputs are not touched; move the file away to start over, or restore a copy of it"]
        case .storeIsNewer: ["use that one, or a newer one"]
        case .storeIsBusy: ["close it and run again"]
        case .storeChanged: ["run again; what was in flight is looked for"]
        case .storeDiskFull: ["free some space and run again; nothing is lost"]
        case .storeDiskFails: ["run again when it is well; nothing that was recorded is lost"]
        case .cannotListen: ["choose another port with --port, or 0 for any that is free"]
        case .noTemporaryFolder: ["name another folder in the environment's TMPDIR"]
        case .noToken:
            ["REPLICATE_API_TOKEN is not set; export it, or use 'provider: local' to try the job without Replicate"]
        case .wrongAccount:
            [
                "set REPLICATE_API_TOKEN to a token of '\(error.facts["account"] ?? "that account")' and run again: nothing is "
                    + "paid for twice then",
                "or start over with --fresh, which pays for all of it again",
            ]
        // Their messages say what is accepted, or only their cause can be mended.
        case .invalidManifest, .usage, .ambiguousItem, .itemNotInManifest, .planUnreadable, .declined,
            .notAModel, .notATable, .controlRefused, .lockUnusable, .store, .disk, .providerRefuses, .providerUnusable,
            .canceled:
            []
        }
    }

    private func command(_ purpose: String, _ words: String...) -> [String] {
        job.map { ["\(purpose): \($0(words[0], Array(words.dropFirst())))"] } ?? []
    }

    /// The whole text of an error. Diagnostics begin with their own place; everything else with the word that says what it is.
    func text(_ error: EngineError) -> String {
        let isDiagnostic = error.code == .invalidManifest
        return ([isDiagnostic ? error.message : "error: \(error.message)"] + lines(error).map { "    \($0)" })
            .joined(separator: "\n")
    }
}

extension ErrorAdvice {
    /// What of the system is too little to begin with.
    static func text(_ shortage: ProcessLimits.Shortage) -> String {
        switch shortage {
        case .files(let limit):
            "error: this process may have only \(limit) files open, which is too few to work with\n"
                + "    allow more with: ulimit -n 1024"
        case .memory(let limit, let least):
            "error: this process may use only \(limit >> 20) MB of memory addresses, which is too little to work with\n"
                + "    allow at least \(least >> 20) MB, with: ulimit -v \(least >> 10)"
        case .threads(let needed):
            "error: this user cannot start the \(needed) threads that are needed: the process table is full\n"
                + "    end other programs, or allow more with: ulimit -u"
        }
    }
}

/// A command about one job.
protocol JobCommand {
    var job: JobOptions { get }
}
