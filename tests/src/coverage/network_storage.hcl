#> PersistentVolume/$NAMESPACE-files spec.csi.driver = "nasplugin.csi.alibabacloud.com"
#> PersistentVolume/$NAMESPACE-files spec.csi.volumeAttributes = {"path":"/files","server":"x.cn-hangzhou.nas.aliyuncs.com","vers":"4.0"}
#> PersistentVolume/$NAMESPACE-files spec.csi.volumeHandle = "$NAMESPACE-files"
#> PersistentVolumeClaim/$NAMESPACE-files spec.volumeName = "$NAMESPACE-files"
#> PersistentVolumeClaim/$NAMESPACE-files spec.accessModes = ["ReadWriteMany"]
#> PersistentVolume/$NAMESPACE-media spec.csi.driver = "ossplugin.csi.alibabacloud.com"
#> PersistentVolume/$NAMESPACE-media spec.csi.volumeAttributes = {"bucket":"media","otherOpts":"-o allow_other","path":"/m","url":"oss-cn-hangzhou-internal.aliyuncs.com"}
#> PersistentVolume/$NAMESPACE-media spec.csi.nodePublishSecretRef.name = "oss"
#> PersistentVolumeClaim/$NAMESPACE-media spec.volumeName = "$NAMESPACE-media"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    mount "/files" { volume = volume.files }
    mount "/media" { volume = volume.media }
  }
}

volume "files" {
  name = "${env.namespace}-files"
  nas {
    server  = "x.cn-hangzhou.nas.aliyuncs.com"
    path    = "/files"
    version = "4.0"
  }
}

volume "media" {
  name = "${env.namespace}-media"
  oss {
    bucket  = "media"
    url     = "oss-cn-hangzhou-internal.aliyuncs.com"
    path    = "/m"
    options = "-o allow_other"
    secret  = secret.oss
  }
}

secret "oss" { data = { akId = "id", akSecret = "open" } }
