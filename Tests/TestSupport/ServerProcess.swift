/// The embedded server in a process of its own, on a free port.
package struct ServerProcess: Sendable {
    /// Such as `http://127.0.0.1:49152`.
    package let address: String

    /// What a client's process needs to find it.
    package var environment: [String: String] {
        ["REPLICATE_BASE_URL": address, "REPLICATE_API_TOKEN": "test-token"]
    }

    /// Runs `nightshift serve` with further options for as long as `body` takes.
    package static func with<Result>(
        _ options: [String] = [], _ body: (ServerProcess) async throws -> Result
    ) async throws -> Result {
        let process = try BuiltExecutable.nightshift.start(["serve", "--port", "0"] + options)
        var lines = process.outputLines.makeAsyncIterator()
        guard let address = await lines.next() else {
            throw ServerDidNotStart(errors: process.errorText)
        }
        do {
            let result = try await body(ServerProcess(address: address))
            process.kill()
            _ = await process.end()
            return result
        } catch {
            process.kill()
            _ = await process.end()
            throw error
        }
    }

    private struct ServerDidNotStart: Error {
        var errors: String
    }
}
