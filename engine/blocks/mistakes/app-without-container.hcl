app "web" {}
