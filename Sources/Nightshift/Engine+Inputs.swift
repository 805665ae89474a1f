import NightshiftCore
import Replicate

extension Engine {
    /// The input set of a manifest, with all that has to be there before it can be read.
    ///
    /// - Parameter folder: where copies of what comes from the web are kept.
    /// - Throws: ``EngineError`` if something cannot be had.
    func inputSet(
        of loaded: LoadedManifest, keepingCopiesIn folder: String, check: InputSetCheck
    ) async throws(EngineError) -> InputSet {
        do throws(Diagnostics) {
            return InputSet(
                loaded, stateDirectory: settings.stateDirectory,
                webCopies: try await webCopies(for: loaded.manifest, in: folder), check: check)
        } catch {
            throw EngineError(.invalidManifest, error.description)
        }
    }

    private func webCopies(for manifest: Manifest, in folder: String) async throws(Diagnostics) -> [String: String] {
        let isNeeded = manifest.inputs.contains { source in
            guard case .table(_, let places) = source.kind else { return false }
            return places.contains { if case .web = $0 { true } else { false } }
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
}

extension JobPaths {
    /// Where the copies of tables from the web are.
    var copiesPath: String { "\(directory)/copies" }
}
