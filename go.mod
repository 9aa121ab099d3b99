module github.com/rules-precompile/precompile

go 1.26.8
