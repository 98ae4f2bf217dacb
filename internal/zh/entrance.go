package zh

// entrance is what is said at the door: who may come in, and what is refused there.
var entrance = []pair{
	{"too many keys from here opened nothing", "从这里来的无效密钥太多"},
	{"wait a little, and look for the right key", "请稍候，并找出正确的密钥"},
	{"you may not do this in this space", "你在此空间无权这样做"},
	{"ask an owner of the space for a role that may; wenyuan me shows yours", "请向空间的所有者要一个有此权限的角色；wenyuan me 显示你的角色"},
	{"there is nothing here that you may see", "这里没有你能看到的内容"},
	{"ask an owner of a space for a role in it", "请向某个空间的所有者要一个角色"},
	{"the question names no person or no document", "没有说明是哪个人员或哪个文档"},
	{"add ?person=NAME&document=ID", "请加上 ?person=名称&document=编号"},
	{"ask again", "请再问一次"},
	{"what this is answered from may not be shown here any more", "回答所依据的内容不再能在这里显示"},
	{"this key is not enough to set a password", "此密钥不足以设置密码"},
	{"a key that is held to less ends itself and no other", "有限定的密钥只能作废自己，不能作废别的"},
	{"the header Wenyuan-On-Behalf-Of names nobody", "标头 Wenyuan-On-Behalf-Of 没有写明人员"},
	{"name the person, or leave the header out", "请写明人员，或去掉这个标头"},
	{"sign in, or use a key that is held to nothing", "请登录，或使用没有限定的密钥"},
}
