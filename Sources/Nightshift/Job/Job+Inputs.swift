import NightshiftCore
import Replicate

extension Job {
    /// The input set, with all that has to be there before it can be read.
    ///
    /// - Parameter folder: where copies of what comes from the web are kept.
    /// - Throws: ``EngineError`` if something cannot be had.
    func inputSet(
        keepingCopiesIn folder: String, check: InputSetCheck
    ) async throws(EngineError) -> InputSet {
        do throws(Diagnostics) {
            return InputSet(
                loaded, stateDirectory: settings.stateDirectory,
                webCopies: try await webCopies(in: folder), check: check)
        } catch {
            throw EngineError(.invalidManifest, error.description)
        }
    }

    private func webCopies(in folder: String) async throws(Diagnostics) -> [String: String] {
        let isNeeded = manifest.inputs.contains { source in
            source.kind.places.contains { if case .web = $0 { true } else { false } }
        }
        guard isNeeded else { return [:] }
        let transport = HTTPClientTransport(maximumConnections: 4)
        do throws(Diagnostics) {
            let copies = try await WebTables(transport: transport, folder: folder).fetch(for: manifest)
            await transport.shutdown()
            return copies
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    /// What the items of a run are checked against.
    func check(_ schemas: ResolvedSchemas, _ options: RunOptions) -> InputSetCheck {
        // Who names items is not stopped by what is wrong with others.
        let skipsInvalid = options.skipInvalid || !options.selection.keys.isEmpty
        return InputSetCheck(schemas: schemas.known, skipsInvalid: skipsInvalid, largestFile: largestFile)
    }

    /// The files API takes no larger files; Cog servers are given every file inside the input.
    private var largestFile: Int? {
        if case .cog = manifest.provider { return nil }
        return 100_000_000
    }

    /// How long a run waits for its provider before the first create. Who does not want to wait is told soon.
    func patience(_ options: RunOptions, _ observe: @escaping @Sendable (RunUpdate) -> Void) -> SetupPatience {
        SetupPatience(time: options.noWait ? .zero : engine.setupPatience) {
            observe(.announced(RunAnnouncement($0)))
        }
    }
}
