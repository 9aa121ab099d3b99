package main

import (
	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script for a shell",
		Long: "Print the script that has a shell complete verbs, flags and their values. SHELL is " + oneOf(shells) + ".\n\n" +
			"To have it in each session: bash, with bash-completion, `precompile completion bash > ~/.local/share/bash-completion/completions/precompile`; " +
			"zsh, write it to a file _precompile in a folder of $fpath; fish, `precompile completion fish > ~/.config/fish/completions/precompile.fish`; " +
			"PowerShell, `precompile completion powershell | Out-String | Invoke-Expression` in the profile.",
		Example: "source <(precompile completion bash)",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one shell: %s", oneOf(shells))
			}
			return nil
		},
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
			return usagef("completion %q: %s", args[0], notOneOf(args[0], shells))
		},
	}
}
