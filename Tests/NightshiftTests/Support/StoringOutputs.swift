import NightshiftCore

@testable import Nightshift

/// The targets of outputs that no store knows: names are looked for in the directory alone.
func target(
    _ path: String, in folder: String, item: Int64 = 1, place: Int = 0, owner: String = "tests"
) -> OutputTarget {
    OutputTarget(path: path, place: place, owner: FileOwner(store: owner, item: ItemID(item))) { wished in
        let directory = OutputFolder(directory: folder, owner: owner)
        for ordinal in 1... {
            let path = ordinal == 1 ? wished : OutputNaming.alternative(to: wished, ordinal: ordinal)
            if directory.isFree(path, for: ItemID(item)) { return path }
        }
        return wished
    }
}

extension OutputStore {
    func store(
        _ output: PlannedOutput, at path: String, in folder: String
    ) async throws(FetchFailure) -> StoredOutput {
        try await store(output, at: target(path, in: folder, place: output.index))
    }
}
