// tfplan reads the plan document of the path in its argument as Terraform's own library reads
// it, which also validates its format version, and says how many changes it holds.
package main

import (
	"fmt"
	"os"

	tfjson "github.com/hashicorp/terraform-json"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tfplan PLAN.json")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		plan := &tfjson.Plan{}
		if err = plan.UnmarshalJSON(text); err == nil {
			err = plan.Validate()
		}
		if err == nil {
			fmt.Printf("ok %d changes\n", len(plan.ResourceChanges))
			return
		}
	}
	fmt.Fprintln(os.Stderr, "tfplan:", err)
	os.Exit(1)
}
