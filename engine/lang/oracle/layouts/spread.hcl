app   "web"   {


    kind="Deployment"
        replicas    =3
	container"web"{
	  image="web:1"
	  env={A="1",B="2"
	  C="3"}
	}




  labels={
      a="1"
  bb    = "2"
          }
    }
service   "web"{app=app.web}


