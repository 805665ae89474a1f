// A client seen from outside: each attempt is logged, counted and traced. The backends here keep all in memory; an app takes
// those that it has, or none: then the ones that the whole process was bootstrapped with are used.
import InMemoryTracing
import Logging
import MetricsTestKit
import Replicate
import ReplicateObservability

var logger = Logger(label: "replicate") { StreamLogHandler.standardOutput(label: $0) }
logger.logLevel = .debug
let metrics = TestMetrics()
let tracer = InMemoryTracer()

let client = try Client(
    middleware: [
        LoggingMiddleware(logger),
        MetricsMiddleware(factory: metrics),
        TracingMiddleware(tracer: tracer),
    ])
_ = try await client.run("nightshift/hello-world", input: ["text": "Ada"])

for counter in metrics.counters(label: "replicate_client_attempts") {
    print(counter.dimensions.map { "\($0)=\($1)" }.joined(separator: " "), counter.totalValue)
}
print("spans:", tracer.finishedSpans.map(\.operationName).joined(separator: ", "))
