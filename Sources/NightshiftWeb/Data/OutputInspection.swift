import Nightshift
import NightshiftCore

/// Looks at outputs on the disk.
struct OutputInspection: Sendable {
    let directory: String

    /// - Parameter known: the sizes of pictures by the digests of their files; `nil` for what is no picture.
    func facts(
        of files: [ItemRecord.File], known: [String: PictureSize?]
    ) async -> [String: OutputFacts] {
        let reader = OutputPeek(directory: directory)
        var facts: [String: OutputFacts] = [:]
        let unknown = files.filter { known[$0.sha256] == nil }
        let heads = await reader.heads(of: unknown.map(\.path), count: PictureSize.headLength)
        for file in files {
            if let size = known[file.sha256] {
                facts[file.path] = OutputFacts(isThere: false, picture: size)
            } else if let head = heads[file.path] {
                facts[file.path] = OutputFacts(isThere: true, picture: PictureSize(ofHead: head))
            }
        }
        let there = await reader.present(among: files.map(\.path))
        for path in there { facts[path, default: OutputFacts()].isThere = true }
        return facts
    }
}
