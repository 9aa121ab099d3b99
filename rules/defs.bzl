"""Rules that compile Python sources to caches which are the same bytes on every machine."""

load("//rules:providers.bzl", _PycInfo = "PycInfo", _PycToolchainInfo = "PycToolchainInfo")
load("//rules/private:aspect.bzl", _pyc_aspect = "pyc_aspect", _pyc_collection = "pyc_collection")
load("//rules/private:dropin.bzl", _rules_python_precompiler = "rules_python_precompiler")
load("//rules/private:library.bzl", _pyc_library = "pyc_library")
load("//rules/private:verify.bzl", _pyc_verify_test = "pyc_verify_test")

PycInfo = _PycInfo
PycToolchainInfo = _PycToolchainInfo
pyc_aspect = _pyc_aspect
pyc_collection = _pyc_collection
pyc_library = _pyc_library
pyc_verify_test = _pyc_verify_test
rules_python_precompiler = _rules_python_precompiler
