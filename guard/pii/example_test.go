package pii_test

import (
	"fmt"

	"wenyuan/guard/pii"
)

func Example() {
	vault := pii.NewVault(nil)
	asked := "请给张建国回电，号码是 138 1234 5678。"
	covered := pii.Cover(asked, pii.Find(asked), pii.Token, vault)
	fmt.Println(covered)

	answer := "[PERSON_1]的号码[PHONE_NUMBER_1]已记下。"
	fmt.Println(vault.Restore(answer, nil))
	fmt.Println(vault.Restore(answer, func(e pii.Entry) bool { return e.Kind == "PERSON" }))
	// Output:
	// 请给[PERSON_1]回电，号码是 [PHONE_NUMBER_1]。
	// 张建国的号码138 1234 5678已记下。
	// 张建国的号码[PHONE_NUMBER_1]已记下。
}
