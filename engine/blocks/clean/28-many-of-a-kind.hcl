app "shard" {
  for_each = { a = 1, b = 2 }
  replicas = each.value
  container "shard" {
    image = "shard:1"
    env   = { SHARD = each.key }
    mount "/data" { volume = volume.shard[each.key] }
  }
}

volume "shard" {
  for_each = toset(["a", "b"])
  empty_dir {}
}
