#pragma once

// Whoever builds a package of the executable tells both by the environment; Package.swift passes them on as definitions of this
// target alone, so that another commit compiles one small file. Empty where nobody has told.

/// The commit that the executable was built from.
const char *nightshift_build_commit(void);

/// The version of the Swift toolchain that has built it.
const char *nightshift_build_toolchain(void);
