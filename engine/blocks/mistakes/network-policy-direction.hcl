network_policy "web" {
  selector     = { tier = "web" }
  policy_types = ["Egress"]
  ingress {
    from { pods = { tier = "front" } }
  }
}
