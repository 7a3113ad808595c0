tag = "1.4.2"
web = { replicas = 3, host = "shop.io" }
