import Foundation
import Replicate

/// A stranger's program, which has the client alone: every form of input and every kind of call against the server that
/// `REPLICATE_BASE_URL` names, as a table of what passes and what does not.
@main
struct ClientConsumer {
    static func main() async throws {
        let table = Table()
        let client = try Client()
        try await Forms(client: client, table: table).check()
        await Calls(client: client, table: table).check()
        print("\(table.passed) of \(table.passed + table.failed) rows pass")
        if table.failed > 0 { exit(1) }
    }
}
