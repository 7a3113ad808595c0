project "inference" {}

variable "hugging_face_token" {
  type      = string
  sensitive = true
  default   = "REPLACE_WITH_TOKEN"
}

secret "hugging_face" {
  data = { token = var.hugging_face_token }
}

volume "models" {
  claim {
    name = "mistral-7b"
    size = "50Gi"
  }
}

# vLLM's processes speak to each other through memory.
volume "shm" {
  empty_dir {
    medium     = "Memory"
    size_limit = "2Gi"
  }
}

app "mistral" {
  replicas      = 1
  labels        = { app = "mistral-7b" }
  node_selector = { "kubernetes.io/arch" = "amd64" }

  # Nodes with GPUs keep everything else away.
  toleration {
    key      = "nvidia.com/gpu"
    operator = "Exists"
    effect   = "NoSchedule"
  }
  node_affinity {
    required {
      match "nvidia.com/gpu.present" { in = ["true"] }
      match "nvidia.com/gpu.memory" { gt = 20000 }
    }
    preferred {
      weight = 80
      match "nvidia.com/gpu.product" { in = ["NVIDIA-L40S", "NVIDIA-A100-SXM4-40GB"] }
    }
  }
  # The disk and the GPU are on one node at a time.
  update_strategy { type = "Recreate" }

  container "vllm" {
    image   = "vllm/vllm-openai:v0.8.2"
    command = ["/bin/sh", "-c"]
    args    = ["vllm serve mistralai/Mistral-7B-Instruct-v0.3 --trust-remote-code --enable-chunked-prefill --max_num_batched_tokens 1024"]
    env     = { HUGGING_FACE_HUB_TOKEN = secret.hugging_face.keys.token }
    port "http" { container_port = 8000 }
    resources {
      requests = { cpu = "2", memory = "6G", "nvidia.com/gpu" = "1" }
      limits   = { cpu = "10", memory = "20G", "nvidia.com/gpu" = "1" }
    }
    startup_probe {
      http_get {
        path = "/health"
        port = "http"
      }
      period_seconds    = 10
      failure_threshold = 60
    }
    liveness_probe {
      http_get {
        path = "/health"
        port = "http"
      }
      initial_delay_seconds = 60
    }
    readiness_probe {
      http_get {
        path = "/health"
        port = "http"
      }
      initial_delay_seconds = 60
      period_seconds        = 5
    }
    mount "/root/.cache/huggingface" { volume = volume.models }
    mount "/dev/shm" { volume = volume.shm }
  }
}

service "mistral" {
  name             = "mistral-7b"
  app              = app.mistral
  session_affinity = "None"
  port "http" { port = 80 }
}
