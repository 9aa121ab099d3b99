// Package explain says what importing a module would do, and why, without
// running a Python: which entry of the path wins, where its cache is looked
// for, how each field of the cache's header compares, whether the cache is
// loaded, the source compiled and written back, or an exception raised.
//
// # Model
//
// Import in CPython asks sys.meta_path: first the modules that are built into
// the interpreter or frozen in it, then the folders of the path
// (importlib.machinery.PathFinder and FileFinder). In a folder, a package of
// the name comes before a module, and an extension module before a source
// before a cache without source. What is found has a loader:
// SourceFileLoader, whose cache rules are most of this package,
// SourcelessFileLoader, or ExtensionFileLoader. Folders of the name without an
// __init__ become a namespace package if nothing else is found.
//
// These rules are those of Lib/importlib/_bootstrap_external.py, the same from
// 3.8 to 3.15. A conformance test holds the outcome to `python -v`.
//
// # What is not known here
//
// Modules that code has put into sys.modules, import hooks, changes of
// __path__ and of sys.path by code or .pth files, and whether the source
// compiles. Extension modules are not opened. Zip archives on the path are
// refused, not ignored.
package explain
