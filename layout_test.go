// Package moebench has no code of its own: this test keeps the house in order.
package moebench

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// allowed says what the packages of each folder may import from this module;
// the longest matching folder counts. "kernels/..." stands for kernels and all
// below it.
var allowed = map[string][]string{
	"hw":                 {},
	"ledger":             {},
	"checkpoint":         {},
	"kernels":            {"hw"},
	"kernels/matmul":     {"kernels", "hw"},
	"kernels/vec":        {"kernels", "hw"},
	"kernels/topk":       {"kernels", "hw"},
	"kernels/attend":     {"kernels", "kernels/vec", "hw"},
	"kernels/index":      {"kernels", "hw"},
	"kernels/count":      {"kernels/...", "hw"},
	"kernels/kerneltest": {"kernels", "hw", "ledger"},
	"attention":          {"kernels/...", "hw", "ledger"},
	"moe":                {"kernels/...", "hw", "ledger"},
	"model":              {"attention", "moe", "checkpoint", "kernels/...", "hw", "ledger"},
	"bench":              {"model", "attention", "moe", "checkpoint", "kernels/...", "hw", "ledger"},
	"cmd/moebench":       {"bench", "model", "ledger", "hw"},
}

// libraries says which folders may use something besides the standard library.
var libraries = map[string][]string{
	"hw":                 {"github.com/klauspost/cpuid/v2", "golang.org/x/sys"},
	"checkpoint":         {"golang.org/x/sys"},
	"kernels/kerneltest": {"golang.org/x/sys"},
	"bench":              {"golang.org/x/perf", "gonum.org/v1"},
}

// TestImports walks the import graph (without tests) and names every edge the
// design does not allow.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		imports := strings.Fields(line)
		pkg := strings.TrimPrefix(imports[0], "moebench/")
		if pkg == "moebench" {
			continue
		}
		rule, known := allowed[pkg]
		if !known {
			t.Errorf("package %s is not in the design: add it to the table with what it may import", pkg)
			continue
		}
		for _, path := range imports[1:] {
			if inner, ours := strings.CutPrefix(path, "moebench/"); ours {
				if !slices.ContainsFunc(rule, func(r string) bool { return matches(r, inner) }) {
					t.Errorf("%s imports %s: not allowed, want only %v", pkg, inner, rule)
				}
			} else if strings.Contains(strings.Split(path, "/")[0], ".") {
				if !slices.ContainsFunc(libraries[pkg], func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") }) {
					t.Errorf("%s imports %s: not allowed, want only %v and the standard library", pkg, path, libraries[pkg])
				}
			}
		}
	}
}

func matches(rule, path string) bool {
	if dir, all := strings.CutSuffix(rule, "/..."); all {
		return path == dir || strings.HasPrefix(path, dir+"/")
	}
	return rule == path
}

// interval is how results are written: a median and what samples lie between.
var interval = regexp.MustCompile(`[\d.]+ \[[\d.]+\.\.[\d.]+\]`)

// TestReadme: what is said to have been measured is in a table kept beside its samples.
func TestReadme(t *testing.T) {
	tables, err := filepath.Glob("bench/results/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, path := range tables {
		for _, s := range intervals(t, path) {
			kept[s] = true
		}
	}
	for _, path := range []string{"README.md", "bench/results/README.md"} {
		said := intervals(t, path)
		if len(said) < 10 {
			t.Errorf("%s has %d intervals, want those of its tables", path, len(said))
		}
		for _, s := range said {
			if !kept[s] {
				t.Errorf("%s says %s, which no table below bench/results has", path, s)
			}
		}
	}
}

func intervals(t *testing.T, path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return interval.FindAllString(string(text), -1)
}

// asmName is the pattern <format or operation>_<isa>_<goarch>.s; pause, which
// belongs to no tier, may leave out the ISA.
var asmName = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*_(amd64|arm64)\.(s|h)$`)

// TestAssemblyNames checks that every assembly file says its architecture last,
// which is what keeps it out of other builds.
func TestAssemblyNames(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "*.s", "*.h").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		if !asmName.MatchString(filepath.Base(path)) {
			t.Errorf("%s: want <format>_<isa>_<goarch>.s", path)
		}
	}
}
