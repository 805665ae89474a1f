import ArgumentParser
import Foundation
import Nightshift
import NightshiftCore
import NightshiftWeb

/// `nightshift view`: the page of jobs, in a browser.
struct ViewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Look at jobs in a browser: progress, results, failures.",
        discussion: """
            Serves a page on this machine until it is interrupted, and opens it. It works while a run goes on in another \
            terminal, and after it. Whoever has the address that is printed may see the results and give orders.

            Over SSH the page is reached through a tunnel; the command that makes one is printed.
            """)

    @Argument(help: "Manifests of jobs. Without any, all jobs of the folder that have run.")
    var manifests: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where checkpoints are kept.", discussion: "By default '.nightshift' beside each manifest.",
            valueName: "directory"))
    var state: String?

    @Option(help: "The port; 0 takes a free one.")
    var port = 0

    @Option(
        help: ArgumentHelp(
            "The address to listen on. Others than this machine can reach it there.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp(
            "A name that browsers may call this machine by; several times for several.", valueName: "host"))
    var names: [String] = []

    @Flag(help: "Leave out everything that changes a job.")
    var readOnly = false

    @Flag(inversion: .prefixedNo, help: "Open the page in a browser.")
    var open = true

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is \(port); expected 0 to 65535") }
    }

    func run() async throws {
        let context = CommandContext.live
        let engine = context.engine(stateDirectory: state)
        let jobs = try chosen(engine)
        var settings = ViewServer.Settings()
        (settings.host, settings.port, settings.isReadOnly, settings.names) = (
            host, port, readOnly, Set(names.map { $0.lowercased() })
        )
        let server = ViewServer(jobs, settings: settings, words: .ofTheCommandLine)
        try await SignalHandler().serveUntilStopped { try await serve(server, fail: $0) }
        throw ExitCode(ExitStatus.interrupted.rawValue)
    }

    /// The jobs that were named, or those of this folder and of `jobs` in it that have run.
    private func chosen(_ engine: Engine) throws(EngineError) -> [Job] {
        var jobs: [Job] = []
        for manifest in manifests { jobs.append(try engine.job(at: manifest)) }
        guard manifests.isEmpty else { return jobs }
        for folder in [".", "jobs"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where [".yaml", ".yml"].contains(where: name.hasSuffix) {
                // Other YAML files are no jobs.
                guard let job = try? engine.job(at: folder == "." ? name : "\(folder)/\(name)"), job.hasRun else {
                    continue
                }
                jobs.append(job)
            }
        }
        guard !jobs.isEmpty else {
            throw EngineError(
                .usage, "no job of this folder has run yet; name a manifest, as in: nightshift view jobs/posters.yaml")
        }
        return jobs
    }

    private func serve(_ server: ViewServer, fail: @escaping @Sendable (OutputError) -> Void) async throws {
        try await server.run { address, port in
            do throws(OutputError) {
                try CommandContext.output(address)
            } catch {
                return fail(error)
            }
            if let connection = ProcessInfo.processInfo.environment["SSH_CONNECTION"], !connection.isEmpty {
                let machine = connection.split(separator: " ").dropFirst(2).first.map(String.init) ?? "THIS-MACHINE"
                CommandContext.tell(
                    "on your own machine: ssh -N -L \(port):127.0.0.1:\(port) \(machine)\n    then open the address above there"
                )
            } else if open {
                Browser.open(address)
            }
            CommandContext.tell("stop with Ctrl-C; a run goes on without the page")
        }
    }
}

extension ViewWords {
    /// What terminals say, too.
    static var ofTheCommandLine: ViewWords {
        ViewWords(
            journal: { $0.sentence() }, hold: { $0.sentence(at: $1) }, ending: { RunEnd.text(recorded: $0) },
            life: { $0.life }, error: { $0.message.messageLine })
    }
}
