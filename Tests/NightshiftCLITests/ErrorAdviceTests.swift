import ArgumentParser
import Foundation
import Nightshift
import Testing

@testable import NightshiftCLI

/// What is said of each error, and that it is said nowhere but in the CLI.
struct ErrorAdviceTests {
    private let advice = ErrorAdvice(job: JobCommandLine(manifest: "night.yaml", stateDirectory: "my state"))

    /// Every cause by its code, with the first line that a person is told to do about it; empty where the message says it all.
    private static let expected: [String: String] = [
        "invalid_manifest": "",
        "invalid_inputs": "nothing was sent; '--skip-invalid' leaves out items that cannot be sent",
        "colliding_items": "give 'key' and 'outputs.name' a placeholder that tells these rows apart",
        "outputs_elsewhere": "move them with: mv 'a/old' 'a/new'", "usage": "",
        "never_run": "start it with: nightshift run night.yaml --state 'my state'",
        "no_run": "start it with: nightshift run night.yaml --state 'my state'",
        "no_such_item": "list them with: nightshift items night.yaml --state 'my state'", "ambiguous_item": "",
        "unknown_keys": "list the keys with: nightshift items night.yaml --state 'my state'",
        "item_not_in_manifest": "", "plan_unreadable": "",
        "not_a_plan": "make one with: nightshift plan night.yaml --state 'my state' --out p.json",
        "plan_differs": "make a new plan with: nightshift plan night.yaml --state 'my state' --out FILE",
        "declined": "",
        "not_remade":
            "go on with --yes: the results that there are go to the folder 'previous' of the output directory",
        "export_replaces_source": "export to another directory with --to, or read the rows from a copy",
        "program_missing": "get it with: pip install duckdb-cli, or from duckdb.org",
        "no_state_directory": "name the folder of the manifests, or --state",
        "manifest_exists": "replace it with --force, or name another with --to", "not_a_model": "", "not_a_table": "",
        "control_refused": "", "too_few_files": "allow at least 64, better 1024, with: ulimit -n 1024",
        "cannot_listen": "choose another port with --port, or 0 for any that is free",
        "held_by_another_process": "watch it with: nightshift status night.yaml --state 'my state'",
        "run_does_not_answer": "try again in a moment",
        "no_locks": "keep the checkpoints in a folder on a local disk, with --state DIRECTORY",
        "lock_not_permitted":
            "run the job as the user who owns the folder, or keep its checkpoints elsewhere with --state DIRECTORY",
        "lock_unusable": "", "store": "",
        "store_is_link": "put the store itself there, or name its folder with --state",
        "store_damaged":
            "finished outputs are not touched; move the file away to start over, or restore a copy of it",
        "store_is_newer": "use that one, or a newer one", "store_is_busy": "close it and run again",
        "store_changed": "run again; what was in flight is looked for",
        "store_disk_full": "free some space and run again; nothing is lost",
        "store_disk_fails": "run again when it is well; nothing that was recorded is lost",
        "store_has_no_locks": "keep the checkpoints in a folder on a local disk, with --state DIRECTORY", "disk": "",
        "no_temporary_folder": "name another folder in the environment's TMPDIR",
        "no_token":
            "REPLICATE_API_TOKEN is not set; export it, or use 'provider: local' to try the job without Replicate",
        "provider_refuses": "", "provider_unusable": "",
        "wrong_account": "set REPLICATE_API_TOKEN to a token of 'ada' and run again: nothing is paid for twice then",
        "canceled": "",
    ]

    private static let facts = [
        "can_be_skipped": "true", "is_known": "true", "path": "p.json", "account": "ada", "least": "64",
        "before": "old", "before_path": "a/old", "now": "new", "now_path": "a/new",
    ]

    @Test func everyCauseHasItsAdvice() {
        #expect(Set(EngineError.Cause.allCases.map(\.rawValue)) == Set(Self.expected.keys))
        for cause in EngineError.Cause.allCases {
            let error = EngineError(cause, "what happened", facts: Self.facts)
            #expect(advice.lines(error).first ?? "" == Self.expected[cause.rawValue], "\(cause)")
        }
    }

    @Test func factsDecideBetweenAdvices() {
        let whole = EngineError(.invalidInputs, "", facts: ["can_be_skipped": "false"])
        #expect(advice.lines(whole) == ["nothing was sent"])
        let new = EngineError(.unknownKeys, "", facts: ["is_known": "false"])
        #expect(
            advice.lines(new)
                == ["see the first keys with: nightshift plan night.yaml --state 'my state' --json --offline"])
        #expect(ErrorAdvice(job: nil).lines(EngineError(.neverRun, "")) == [])
    }

    @Test func onlyDiagnosticsBeginWithTheirPlace() {
        #expect(
            advice.text(EngineError(.collidingItems, "rows.csv:2: two"))
                == "rows.csv:2: two\n    give 'key' and 'outputs.name' a placeholder that tells these rows apart")
        #expect(advice.text(EngineError(.storeIsBusy, "locked")) == "error: locked\n    close it and run again")
    }

    /// Options and commands belong to the executable; the library is used by programs that have others. Its comments are read
    /// by those who write such programs, so they name none either.
    @Test(arguments: ["NightshiftCore", "Nightshift"]) func theLibraryNamesNoCommandAndNoOption(target: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        let names = NightshiftCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = try Regex("nightshift (\(names.joined(separator: "|")))\\b|`(\(names.joined(separator: "|"))) ")
        var count = 0
        let folder = root.appending(path: target).standardizedFileURL
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            count += 1
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                #expect(!line.contains(#/--[a-z]/#) && !line.contains(command), "\(file.lastPathComponent): \(line)")
            }
        }
        #expect(count > 100)
    }
}
