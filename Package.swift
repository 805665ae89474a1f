// swift-tools-version: 6.2
import PackageDescription

/// Every target of this package is built with the same strictness.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["HTTPClient"]))
let collections = Target.Dependency.product(
    name: "DequeModule", package: "swift-collections", condition: .when(traits: ["Engine"]))
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(
    name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Server"]))
let hummingbirdTLS = Target.Dependency.product(
    name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["Server"]))
let httpTypes = Target.Dependency.product(
    name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["Server"]))
let inMemoryTracing = Target.Dependency.product(
    name: "InMemoryTracing", package: "swift-distributed-tracing", condition: .when(traits: ["Observability"]))
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let coreMetrics = Target.Dependency.product(
    name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Observability"]))
let metricsTestKit = Target.Dependency.product(
    name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Observability"]))
let nioCore = Target.Dependency.product(
    name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTPClient"]))
let nioHTTP1 = Target.Dependency.product(
    name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTPClient"]))
let nioPosix = Target.Dependency.product(
    name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["HTTPClient"]))
let nioSSL = Target.Dependency.product(
    name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["HTTPClient"]))
let grdb = Target.Dependency.product(
    name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["Engine"]))
let sqlite = Target.Dependency.product(
    name: "GRDBSQLite", package: "GRDB.swift", condition: .when(traits: ["Engine"]))
let asn1 = Target.Dependency.product(
    name: "SwiftASN1", package: "swift-asn1", condition: .when(traits: ["Server"]))
let x509 = Target.Dependency.product(
    name: "X509", package: "swift-certificates", condition: .when(traits: ["Server"]))
let tracing = Target.Dependency.product(
    name: "Tracing", package: "swift-distributed-tracing", condition: .when(traits: ["Observability"]))
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Engine"]))

/// The commit and the toolchain, which `Scripts/package.sh` tells by the environment for `nightshift --version`.
let buildInfo = ["NIGHTSHIFT_COMMIT", "NIGHTSHIFT_TOOLCHAIN"].compactMap { name in
    Context.environment[name].map { CSetting.define(name, to: "\"\($0)\"") }
}

/// The programs in `examples/client`, one for each section of the client's documentation.
let clientExamples = [
    "run", "background", "wait", "file-input", "webhook", "progress", "stream", "paginate", "training", "deployment",
    "transport",
].map { name in
    Target.executableTarget(
        name: "example-\(name)", dependencies: ["Replicate"], path: "examples/client/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "nightshift",
    // What `Mutex` of the standard library and the typed errors of its sequences need.
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .visionOS(.v2)],
    products: [
        .library(name: "Replicate", targets: ["Replicate", "ReplicateAPI", "LosslessJSON"]),
        .library(name: "ReplicateObservability", targets: ["ReplicateObservability"]),
        .library(name: "ReplicateServer", targets: ["ReplicateServer"]),
        .library(name: "Nightshift", targets: ["Nightshift"]),
        .executable(name: "nightshift", targets: ["NightshiftCLI"]),
    ],
    // Packages that only a part of this one needs are fetched only for those who enable it: a program that has the client alone
    // takes `traits: []`, and then `Tests/ClientConsumer` proves that three packages are all there is.
    traits: [
        .trait(name: "HTTPClient", description: "The client's transport over AsyncHTTPClient and NIO."),
        // What Foundation has for this loads libcurl, so executables that never use it leave it out. Without `HTTPClient` it is
        // always there, since there is no other transport then.
        .trait(name: "URLSession", description: "The transport over URLSession beside the other one."),
        .trait(name: "Observability", description: "ReplicateObservability."),
        .trait(name: "Server", description: "ReplicateServer, the embedded server.", enabledTraits: ["HTTPClient"]),
        .trait(name: "Engine", description: "Nightshift and its command.", enabledTraits: ["Server"]),
        .default(enabledTraits: ["Engine", "Observability", "URLSession"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.10.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.0.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.10.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        // For `swift package generate-documentation` alone.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CYAML",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        // Extended attributes, which the module of the C library leaves out on Linux.
        .systemLibrary(name: "CXattr"),
        .target(name: "CBuildInfo", cSettings: buildInfo),
        .target(name: "LosslessJSON", swiftSettings: strict),
        .target(name: "ReplicateAPI", dependencies: ["LosslessJSON", crypto], swiftSettings: strict),
        .target(
            name: "Replicate",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ReplicateObservability", dependencies: ["Replicate", coreMetrics, logging, tracing],
            swiftSettings: strict),
        .target(name: "DemoModels", dependencies: ["CZlib", "LosslessJSON"], swiftSettings: strict),
        .target(
            name: "ReplicateServer",
            dependencies: [
                "DemoModels", "LosslessJSON", "ReplicateAPI", asn1, asyncHTTPClient, crypto, hummingbird,
                hummingbirdTLS, httpTypes, logging, nioCore, nioHTTP1, nioPosix, nioSSL, x509,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NightshiftCore",
            dependencies: ["CYAML", "LosslessJSON", "ReplicateAPI", crypto],
            swiftSettings: strict
        ),
        .target(
            name: "Nightshift",
            dependencies: [
                "CXattr", "CZlib", "LosslessJSON", "ReplicateAPI", "Replicate", "ReplicateServer", "NightshiftCore",
                collections, crypto,
                grdb,
                hummingbird, httpTypes, logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NightshiftWeb",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "ReplicateServer", "NightshiftCore", "Nightshift",
                crypto, httpTypes, hummingbird, logging, nioCore,
            ],
            // The page is inside of the executable.
            resources: [.embedInCode("Page")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "NightshiftCLI",
            dependencies: [
                "CBuildInfo", "LosslessJSON", "ReplicateAPI", "ReplicateServer", "NightshiftCore", "Nightshift",
                "NightshiftWeb",
                argumentParser, logging,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "Replicate", "ReplicateServer", "NightshiftCore", "Nightshift",
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(name: "LosslessJSONTests", dependencies: ["LosslessJSON", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ReplicateAPITests", dependencies: ["LosslessJSON", "ReplicateAPI"], swiftSettings: strict),
        .testTarget(
            name: "ReplicateTests",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "Replicate", "ReplicateServer", "TestSupport", crypto, logging, nioCore,
                nioHTTP1,
                nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplicateObservabilityTests",
            dependencies: [
                "Replicate", "ReplicateObservability", "ReplicateServer", "TestSupport", coreMetrics, inMemoryTracing,
                logging, metricsTestKit, tracing,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DemoModelsTests", dependencies: ["CZlib", "DemoModels", "LosslessJSON"], swiftSettings: strict),
        .testTarget(
            name: "ReplicateServerTests",
            dependencies: [
                "DemoModels", "LosslessJSON", "ReplicateAPI", "ReplicateServer", "TestSupport", asyncHTTPClient,
                httpTypes, nioCore, nioHTTP1, nioPosix, nioSSL,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NightshiftCoreTests",
            dependencies: ["LosslessJSON", "ReplicateAPI", "NightshiftCore", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NightshiftTests",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "Replicate", "ReplicateServer", "NightshiftCore", "Nightshift",
                "TestSupport",
                grdb, sqlite,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NightshiftWebTests",
            dependencies: [
                "LosslessJSON", "ReplicateServer", "NightshiftCore", "Nightshift", "NightshiftWeb", "TestSupport",
                asyncHTTPClient, nioCore, nioHTTP1,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NightshiftCLITests",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "Replicate", "ReplicateServer", "NightshiftCore", "Nightshift",
                "NightshiftCLI",
                "TestSupport", argumentParser,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NightSimulator",
            dependencies: ["LosslessJSON", "ReplicateAPI", "Replicate", "NightshiftCore", "Nightshift", crypto, grdb],
            path: "Tests/NightSimulator",
            swiftSettings: strict
        ),
        .testTarget(
            name: "NightSimulatorTests", dependencies: ["NightshiftCore", "NightSimulator", "TestSupport", "Nights"],
            swiftSettings: strict),
        .executableTarget(
            name: "example-webhook-receiver",
            dependencies: ["Replicate", hummingbird, httpTypes, nioCore],
            path: "examples/webhook-receiver",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "example-observability",
            dependencies: ["Replicate", "ReplicateObservability", inMemoryTracing, logging, metricsTestKit],
            path: "examples/client/observability",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "example-library", dependencies: ["Nightshift"], path: "examples/library", swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "LosslessJSON", "ReplicateAPI", "Replicate", "NightshiftCore", "Nightshift", "NightSimulator",
                asyncHTTPClient, grdb, nioCore, nioHTTP1,
            ],
            path: "Tests/Benchmarks",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Nights",
            dependencies: ["NightshiftCore", "NightSimulator"],
            path: "Tests/Nights",
            swiftSettings: strict
        ),
    ] + clientExamples,
    swiftLanguageModes: [.v6]
)
