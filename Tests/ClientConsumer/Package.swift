// swift-tools-version: 6.2
// A stranger's package: it has the client alone, without a library for HTTP. `Scripts/consumer.sh` builds and runs it, and
// checks that nothing else of the package's dependencies was even fetched.
import PackageDescription

let package = Package(
    name: "ClientConsumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "nightshift", path: "../..", traits: [])],
    targets: [
        .executableTarget(
            name: "ClientConsumer", dependencies: [.product(name: "Replicate", package: "nightshift")],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ]
)
