import LosslessJSON
import NightshiftCore

extension LoadedManifest {
    /// Puts the JSON Schemas in place that `accept.json` names by their files.
    /// - Throws: ``Diagnostics`` with each file that cannot be read or is no schema.
    mutating func readResultSchemas() throws(Diagnostics) {
        var mistakes: [Diagnostic] = []
        for index in manifest.steps.indices {
            guard case .file(let path, let location)? = manifest.steps[index].accept?.json else { continue }
            do throws(Diagnostic) {
                let schema = try resultSchema(path, namedAt: location)
                manifest.steps[index].accept?.json = .schema(schema)
            } catch {
                // What stands beside the steps holds for each of them.
                if !mistakes.contains(error) { mistakes.append(error) }
            }
        }
        guard mistakes.isEmpty else { throw Diagnostics(mistakes.map { lines?.showing($0) ?? $0 }) }
    }

    private static let longestSchema = 1 << 20

    private func resultSchema(_ path: String, namedAt location: SourceLocation) throws(Diagnostic) -> ResultSchema {
        let bytes: [UInt8]
        do {
            bytes = try InputFile(resolve(path)).readAll(upTo: Self.longestSchema + 1)
        } catch {
            throw Diagnostic(
                "cannot read the JSON Schema '\(VisibleText.of(path))': \(error.reason)", at: location,
                help: PathAdvice(path, in: directory).text)
        }
        guard bytes.count <= Self.longestSchema else {
            throw Diagnostic("the JSON Schema '\(VisibleText.of(path))' is longer than 1 MB", at: location)
        }
        guard let document = try? JSONValue(parsing: bytes) else {
            throw Diagnostic("the JSON Schema '\(VisibleText.of(path))' is no JSON", at: location)
        }
        do throws(ResultSchema.Mistake) {
            return try ResultSchema(document)
        } catch {
            throw error.diagnostic(in: VisibleText.of(path), at: location)
        }
    }
}
