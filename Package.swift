// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: an import is private to its file unless it says otherwise, a member is
/// visible only through a module the file itself imports, and a warning stops the build.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// The kernels are optimised in debug builds too, and a product is fused into a sum only where the
/// source says `fma`: a compiler free to contract would give other bits on other machines.
let kernelSettings: [CSetting] = [
  .unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wno-psabi", "-Werror"])
]

// Libraries in use, and why.
let algorithms = Target.Dependency.product(name: "Algorithms", package: "swift-algorithms")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "rledit",
  products: [
    .executable(name: "rledit", targets: ["rledit"]),
    // For tests alone: they put it between the executable and the system (LD_PRELOAD).
    .library(name: "FaultInjection", type: .dynamic, targets: ["FaultInjection"]),
  ],
  dependencies: [
    // Collections cut into runs of a number of elements.
    .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
    // Verbs, options, help text, completions and the man page of the executable.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // SHA-256 of ledger objects and blobs, Ed25519 signatures of commits and tags.
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // Typed paths and file descriptors whose errors carry their errno.
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),

    // From the bottom of the module map to its top: a target depends only on targets above it here.
    .target(name: "CKernels", cSettings: kernelSettings),
    .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: swiftSettings),
    .target(
      name: "ObjectModel", dependencies: ["Tensors", crypto], swiftSettings: swiftSettings),
    .target(
      name: "ObjectStore", dependencies: ["ObjectModel", "CLMDB", "CXXHash", algorithms],
      swiftSettings: swiftSettings),
    .target(
      name: "ModelFiles", dependencies: ["Tensors", system],
      swiftSettings: swiftSettings),
    .target(
      name: "Ledger", dependencies: ["ObjectModel", "ObjectStore", algorithms],
      swiftSettings: swiftSettings),
    .target(
      name: "ModelStore",
      dependencies: ["Tensors", "ObjectModel", "ObjectStore", "Ledger", "ModelFiles"],
      swiftSettings: swiftSettings),
    .target(
      name: "LanguageModel", dependencies: ["Tensors", "ModelFiles", algorithms],
      swiftSettings: swiftSettings),
    .target(
      name: "Editing",
      dependencies: [
        "Tensors", "ObjectModel", "ModelFiles", "ModelStore", "LanguageModel", algorithms,
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "rledit",
      dependencies: [
        "Tensors", "ObjectModel", "ObjectStore", "Ledger", "ModelFiles", "ModelStore",
        "LanguageModel", "Editing", algorithms, argumentParser, system,
      ],
      swiftSettings: swiftSettings),

    // Tests mirror the sources.
    .target(
      name: "FaultInjection", path: "Tests/FaultInjection",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    // What reads bytes from elsewhere, for the fuzzer (`tools/fuzz`) and for the tests alike.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "ObjectModel", "ObjectStore", "Ledger", "ModelFiles", "ModelStore", "LanguageModel",
        "Editing",
        "Tensors",
      ], path: "Tests/FuzzTargets", exclude: ["Seeds"], swiftSettings: swiftSettings),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "ModelFiles"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
  ]
    + [
      ("Tensors", ["CKernels", "ModelFiles"]),
      ("ObjectModel", ["Tensors"]),
      ("ObjectStore", ["ObjectModel", "Tensors"]),
      ("ModelFiles", ["Tensors"]),
      ("Ledger", ["ObjectModel", "ObjectStore", "Tensors"]),
      ("ModelStore", ["ObjectModel", "ObjectStore", "Ledger", "ModelFiles", "Tensors"]),
      ("LanguageModel", ["ModelFiles", "Tensors"]),
      ("Editing", ["ObjectModel", "ModelFiles", "ModelStore", "LanguageModel", "Tensors"]),
    ].map { (name: String, more: [String]) in
      .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name), "TestSupport"] + more.map { .byName(name: $0) },
        swiftSettings: swiftSettings)
    } + [
      .testTarget(
        name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"],
        swiftSettings: swiftSettings),
      .testTarget(
        name: "RleditTests",
        dependencies: [
          "rledit", "TestSupport", "ObjectModel", "ObjectStore", "ModelFiles", "Tensors",
        ],
        swiftSettings: swiftSettings),
    ]
)

// libFuzzer brings `main`, so that this target links in a build for it alone.
if Context.environment["RLEDIT_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
      swiftSettings: swiftSettings))
}
