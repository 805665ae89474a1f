import Replicate

/// What the client library costs by itself: creates with `Prefer: wait` of a model that answers at once.
struct ClientCreates {
    var items: Int
    var concurrency = 64

    var arguments: [String] { ["client-creates", "\(items)"] }

    init(items: Int) {
        self.items = items
    }

    /// Reads what ``arguments`` wrote.
    init?(arguments: ArraySlice<String>) {
        let arguments = Array(arguments)
        guard arguments.count == 2, arguments[0] == "client-creates", let items = Int(arguments[1]) else { return nil }
        self.init(items: items)
    }

    func run() async throws {
        let client = try Client()
        try await withThrowingDiscardingTaskGroup { group in
            for worker in 0..<concurrency {
                group.addTask {
                    for item in stride(from: worker, to: items, by: concurrency) {
                        let prediction = try await client.predictions.create(
                            .model(owner: "nightshift", name: "hello-world"), input: ["text": .string("item \(item)")],
                            options: PredictionOptions(wait: .seconds(10)))
                        guard prediction.output == .string("hello item \(item)") else {
                            throw BenchmarkError("prediction \(prediction.id) is \(prediction.status)")
                        }
                    }
                }
            }
        }
    }
}
